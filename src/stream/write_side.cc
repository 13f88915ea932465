#include <weir/stream/internal/write_side.h>

#include "stream/ticks.h"
#include <weir/stream/basic_writable.h>
#include <weir/stream/events.h>
#include <weir/stream/stream.h>

#include <utility>

#include <fmt/format.h>

namespace weir::internal {

// --- Refusing ---

Error WriteSide::refusal(std::size_t length) const {
  if (!refuses())
    return {Errc::buffer_overflow,
            fmt::format("A write of {} {} would exceed max_buffered ({}): {} are buffered", length,
                        object_mode() ? "objects" : "bytes", settings_.limits.max_buffered,
                        this->length())};
  if (!ending()) return stream_destroyed("write");
  return refusal_.error ? refusal_.error : Error(Errc::stream_write_after_end);
}

bool WriteSide::refuse(std::size_t length, Callback callback) {
  if (core_.is_gone_for("write")) return false;
  const Error error = refusal(length);
  const bool is_reported = static_cast<bool>(callback);
  if (callback)
    core_.next_tick([error, callback = std::move(callback)]() mutable { callback(error); });
  if (!refuses() && is_reported) return false;
  if (refuses() && refusal_.fails_stream)
    core_.fail(error, StreamCore::Emit::later);
  else if (!core_.destroyed())
    core_.next_tick([this, error] { stream_.listeners().emit(&kEventKey<Error>, &error); });
  return false;
}

// --- Through the queue ---

bool WriteSide::gathered() {
  if (phase_ == Phase::open && !call_.awaits_answer() && !core_.errored()) {
    if (!due_.has(Tick::flush) && !core_.blockers().any_but_lasting()) queue_.lead();
    flush_on_tick();
  }
  const bool answer = room();
  queue_.allow(free_length());
  return answer;
}

// The number of bytes that may be merged without further work while write() returns true.
std::size_t WriteSide::free_length() const noexcept {
  const WriteBlockers& blockers = core_.blockers();
  const bool is_scheduled = due_.has(Tick::flush) || call_.awaits_answer();
  if (!is_scheduled || full() || blockers.ended || blockers.destroyed || blockers.errored) return 0;
  return settings_.high_water_mark - length() - 1;
}

// A full queue is flushed at once, so that the sink works while the program waits for Drain.
void WriteSide::flush_on_tick() {
  if (full()) return hand_on();
  if (!due_.add(Tick::flush)) return;
  const auto flush = [this] {
    due_.remove(Tick::flush);
    if (!core_.errored()) hand_on();
  };
  if (settings_.sink.delivery == Delivery::until_idle)
    core_.after_ticks(flush);
  else
    core_.next_tick(flush);
}

void WriteSide::cork() noexcept {
  ++corked_;
  core_.blockers().corked = true;
}

void WriteSide::uncork() {
  if (corked_ == 0) return;
  core_.blockers().corked = --corked_ > 0;
  hand_on();
}

inline void WriteSide::hand_on_next() {
  if (after_ == After::nothing) [[unlikely]]  // by the sink's own direct write
    after_ = After::usual;
  if (Callback callback = queue_.take_callback()) await_with(std::move(callback));
  if (core_.destroyed()) {  // the sink has destroyed the stream
    begin(queue_.drop_chunk());
    on_write_failed(stream_destroyed("write"));
  } else {
    sink_.write_next();
  }
  call_.leave();
}

// Node: clearBuffer.
void WriteSide::hand_on_queued() {
  if (core_.destroyed() || handing_on_ || corked_ || !core_.constructed()) return;
  if (gathers() && core_.errored()) return;  // queued writes fail, and only these
  // Not reset if the sink throws: as in Node, the stream then stays stuck.
  handing_on_ = true;
  const bool batches = settings_.sink.writev && queue_.count() > 1;
  do {
    if (gathers() && core_.errored()) break;  // by the batch before
    if (queue_.has_due_stage()) {
      if (!flights_.empty()) break;                     // the stage waits for them
      if (core_.errored() || core_.destroyed()) break;  // by the sink: fail_queued follows
      hand_on_stages();
    } else if (gathers() || (batches && queue_.count() > 1))
      hand_on_batch();
    else
      hand_on_next();
  } while (!call_.awaits_answer() && !queue_.empty());
  handing_on_ = false;
}

void WriteSide::hand_on_batch() {
  expect_more();
  note_peak(length());  // merged writes did not
  const std::size_t before = in_flight_length_;
  sink_.write_batch(settings_.batch());
  if (settings_.sink.overlaps) launch(before);
  call_.leave();
}

// --- Flush and sync ---

void WriteSide::await_stage(Stage stage, Callback callback) {
  const char* const name = stage == Stage::flushed ? "flush" : "sync";
  if (core_.is_gone_for(name)) return;
  Error error = core_.errored();
  if (!error && core_.destroyed()) error = stream_destroyed(name);
  if (!error && ending()) error = Errc::stream_write_after_end;
  if (!error && stage == Stage::synced && !settings_.sink.sync)
    error = method_not_implemented("sync()");
  if (error)
    return core_.next_tick([error, callback = std::move(callback)]() mutable { callback(error); });
  expect_more();
  queue_.close_room();
  queue_.add_stage(stage, std::move(callback));
  if (call_.awaits_answer()) return;
  if (gathers())
    flush_on_tick();
  else
    hand_on();
}

// A call of the sink without a length: it completes as a write does.
void WriteSide::hand_on_stages() {
  expect_more();
  auto [stage, callbacks] = queue_.take_due_stages();
  in_flight_ = std::move(callbacks);
  begin(0);
  if (stage == Stage::flushed && !settings_.sink.completes_ahead) {
    on_written();
    return call_.leave();
  }
  try {
    if (stage == Stage::synced)
      sink_.call_sync();
    else
      sink_.call_flush();
  } catch (...) {
    on_write_failed(Error::from_current_exception());
  }
  call_.leave();
}

// --- Completion ---

// A listener or callback that throws leaves the steps after it to a tick.
inline void WriteSide::after_write(Completion& completion) {
  due_.remove(Tick::quiet);
  if (after_ == After::drain && drained() && !ending() && !core_.destroyed()) {
    try {
      emit_drain();
    } catch (...) {
      core_.next_tick([this, left = completion.take()]() mutable { after_flight(left); });
      throw;
    }
  }
  --owed_;
  conclude_write(completion);
}

inline void WriteSide::conclude_write(Completion& completion) {
  if (completion) {
    try {
      completion.call_first(success());
      if (completion.is_led() && core_.destroyed()) fail_queued();
      completion.call_rest(success());
    } catch (...) {
      core_.next_tick([this, left = completion.left()]() mutable { conclude_write(left); });
      throw;
    }
  }
  if (core_.destroyed()) fail_queued();
  if (ending()) maybe_finish(Finishing::later);
}

// For write_flights.cc, while the calls here are inlined.
void WriteSide::after_flight(Completion& completion) { after_write(completion); }

void WriteSide::complete_write() {
  if (core_.ticks().closed()) {  // the queue is closed or closing
    if (call_.awaits_answer()) settle();
    return;
  }
  if (has_flights()) return complete_flight();
  if (!call_.awaits_answer()) return core_.fail(Errc::multiple_callback);
  const bool synchronous = call_.is_on_stack();
  Completion completion = in_flight_ ? in_flight_.take() : Completion();
  settle();
  ++owed_;
  hand_on();
  if (!synchronous) {
    completion.join();  // Node's sink has the writes after the lead by now
    return after_write(completion);
  }
  // Object mode always takes the tick: a slip in Node's condition that became part of its order.
  const bool owes_drain = after_ == After::drain && drained();
  const bool needs_tick = completion || (!due_.has(Tick::quiet) && (owes_drain || object_mode()));
  if (needs_tick) {
    due_.add(Tick::quiet);
    core_.next_tick(
        [this, completion = std::move(completion)]() mutable { after_write(completion); });
  } else {
    --owed_;
    if (ending()) maybe_finish(Finishing::later);
  }
}

void WriteSide::on_write_failed(Error error) {
  expect_more();
  if (has_flights()) return fail_flights(error);
  if (!call_.awaits_answer()) return core_.fail(Errc::multiple_callback);
  const bool synchronous = call_.is_on_stack();
  Completion completion = in_flight_.take();
  given_ -= in_flight_length_;
  settle();
  ++owed_;
  core_.note(error);
  if (!synchronous) return after_failed_write(error, completion);
  core_.next_tick([this, error, completion = std::move(completion)]() mutable {
    after_failed_write(error, completion);
  });
}

void WriteSide::after_failed_write(const Error& error, Completion& completion) {
  --owed_;
  // `error` belongs to the failed write alone.
  const Error first_error = core_.errored();
  conclude_failure(error, first_error ? first_error : error, completion);
}

// A callback that throws leaves the steps after it to a tick.
void WriteSide::conclude_failure(const Error& error, const Error& rest, Completion& completion) {
  try {
    completion.fail(error, rest);
    fail_queued();
  } catch (...) {
    core_.next_tick([this, error, rest, left = completion.left()]() mutable {
      conclude_failure(error, rest, left);
    });
    throw;
  }
  core_.fail(error);  // last: Error follows all callbacks
}

// Fails the queued writes. Node: errorBuffer.
void WriteSide::fail_queued() try {
  if (call_.awaits_answer() || !flights_.empty()) return;
  const auto reason = [this](const char* operation) {
    return core_.errored() ? core_.errored() : stream_destroyed(operation);
  };
  if (gathers()) {
    Completion completion = queue_.take_all_callbacks();
    queue_.drop_chunks();
    call_back(completion, reason("write"));
  }
  // One at a time: a callback may uncork the stream, which then hands on the rest.
  while (queue_.count() > 0 && !call_.awaits_answer()) {
    Callback callback = queue_.take_callback();
    queue_.drop_chunk();
    ++owed_;
    if (callback) callback(reason("write"));
  }
  if (Completion stages = queue_.take_all_stages()) call_back(stages, reason("flush"));
  if (!end_callbacks_.empty()) call_end_callbacks(reason("end"));
} catch (...) {
  core_.next_tick([this] { fail_queued(); });
  throw;
}

// Calls each once; those after one that throws on a tick.
void WriteSide::call_back(Completion& completion, const Error& error) try {
  completion(error);
} catch (...) {
  core_.next_tick([this, error, left = completion.left()]() mutable { call_back(left, error); });
  throw;
}

// --- Waiting for room ---

bool WriteSide::no_room() noexcept {
  if (std::exchange(after_, After::drain) == After::drain || core_.errored()) return false;
  ++full_;
  pressure_.start(core_.ticks().turn_time());
  return false;
}

void WriteSide::emit_drain() {
  after_ = After::usual;
  ++drains_;
  end_pressure();
  resume_waiters_on_tick();  // first, because a listener may throw
  emit<Drain>();
}

void WriteSide::await_room(Ref<WriteWaiter> waiter) {
  waiters_.push_back(std::move(waiter));
  if (!need_drain()) resume_waiters_on_tick();
}

void WriteSide::resume_waiters_on_tick() {
  for (Ref<WriteWaiter>& waiter : std::exchange(waiters_, {}))
    core_.next_tick([waiter = std::move(waiter)] { waiter->resume(); });
}

void await_room(WritableBase& stream, Ref<WriteWaiter> waiter) {
  stream.side().await_room(std::move(waiter));
}

// --- Construction and destruction ---

void WriteSide::on_constructed() {
  hand_on();
  if (ending()) maybe_finish(Finishing::now);
}

void WriteSide::before_destroy() {
  expect_more();
  end_pressure();
  note_peak(length());
  queue_.close_room();
  resume_waiters_on_tick();
  // Hands on writes that only the delivery has delayed.
  const bool is_late = settings_.sink.delivery == Delivery::until_tick && core_.ticks().closed();
  if (settings_.sink.merges && !core_.errored() && !is_late) hand_on();
  if (!queue_.empty() || handing_on_ || !end_callbacks_.empty())
    core_.next_tick([this] { fail_queued(); });
}

void WriteSide::revive() noexcept {
  phase_ = Phase::open;
  end_returned_ = false;
  core_.blockers().ended = false;
}

void WriteSide::abandon() noexcept {
  queue_.drop_chunks();
  // These may own the stream.
  const Completion in_flight = std::exchange(in_flight_, {});
  const Completion queued = queue_.take_all_callbacks();
  const Completion stages = queue_.take_all_stages();
  const Ring<Flight> flights = std::exchange(flights_, {});
  const std::vector<Callback> ends = std::exchange(end_callbacks_, {});
  const std::vector<Ref<WriteWaiter>> waiters = std::exchange(waiters_, {});
}

Error WriteSide::loss() const {
  if (queue_.empty()) return {};
  return {Errc::stream_destroyed, fmt::format("The stream was dropped with {} {} unwritten",
                                              length(), object_mode() ? "objects" : "bytes")};
}

}  // namespace weir::internal
