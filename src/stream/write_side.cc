#include <weir/stream/internal/write_side.h>

#include "stream/ticks.h"
#include <weir/stream/basic_writable.h>
#include <weir/stream/events.h>
#include <weir/stream/stream.h>

#include <utility>

#include <fmt/format.h>

namespace weir::internal {

// --- Refusing ---

Error WriteSide::refusal() const {
  if (!ending()) return stream_destroyed("write");
  return refusal_.error ? refusal_.error : Error(Errc::stream_write_after_end);
}

bool WriteSide::refuse(Callback callback) {
  if (core_.is_gone_for("write")) return false;
  const Error error = refusal();
  if (callback)
    core_.next_tick([error, callback = std::move(callback)]() mutable { callback(error); });
  if (refusal_.fails_stream)
    core_.fail(error, StreamCore::Emit::later);
  else if (!core_.destroyed())
    core_.next_tick([this, error] { stream_.listeners().emit(&kEventKey<Error>, &error); });
  return false;
}

// --- Through the queue ---

bool WriteSide::gathered() {
  if (phase_ == Phase::open && op_ == Op::none && !core_.errored()) flush_on_tick();
  const bool answer = room();
  queue_.allow(free_length());
  return answer;
}

// How many bytes may be merged with nothing to be done for them and write() answering true.
std::size_t WriteSide::free_length() const noexcept {
  const WriteBlockers& blockers = core_.blockers();
  const bool is_scheduled = flush_due_ || op_ == Op::writing;
  if (!is_scheduled || full() || blockers.ended || blockers.destroyed || blockers.errored) return 0;
  return settings_.high_water_mark - length() - 1;
}

// A full queue need not wait for the tick: the sink works while the program learns of it.
void WriteSide::flush_on_tick() {
  if (full()) return hand_on();
  if (std::exchange(flush_due_, true)) return;
  const auto flush = [this] {
    flush_due_ = false;
    if (op_ == Op::none && !core_.errored()) hand_on();
  };
  if (settings_.delivery == Delivery::until_idle)
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
  if (op_ == Op::none) hand_on();
}

inline void WriteSide::hand_on_next() {
  if (Callback callback = queue_.take_callback()) await_with(std::move(callback));
  if (core_.destroyed()) {  // by the sink, a moment ago
    begin(queue_.drop_chunk());
    on_write_failed(stream_destroyed("write"));
  } else {
    sink_.write_next();
  }
  in_sink_call_ = false;
}

// Node: clearBuffer.
void WriteSide::hand_on() {
  if (core_.destroyed() || handing_on_ || corked_ || !core_.constructed() || queue_.empty()) return;
  if (gathers() && core_.errored()) return;  // what is queued fails, and only that
  // Not reset if the sink throws: the stream is stuck then, as in Node.
  handing_on_ = true;
  const bool batches = settings_.has_writev && queue_.count() > 1;
  while (!queue_.empty() && op_ == Op::none) {
    if (gathers() || (batches && queue_.count() > 1))
      hand_on_all();
    else
      hand_on_next();
  }
  handing_on_ = false;
}

void WriteSide::hand_on_all() {
  in_flight_ = queue_.take_callbacks();
  sink_.write_all();
  in_sink_call_ = false;
}

// --- What the sink has done ---

inline void WriteSide::after_write(Completion& completion) {
  quiet_tick_due_ = false;
  if (need_drain_ && drained() && !ending() && !core_.destroyed()) emit_drain();
  --owed_;
  if (completion) completion(success());
  if (core_.destroyed()) fail_queued();
  if (ending()) maybe_finish(Finishing::later);
}

void WriteSide::complete_write() {
  is_plain_ = false;
  if (core_.ticks().closed()) {  // the queue is gone, or going
    if (op_ == Op::writing) settle();
    return;
  }
  if (op_ == Op::none) return core_.fail(Errc::multiple_callback);
  const bool synchronous = in_sink_call_;
  Completion completion;
  if (in_flight_) completion = std::exchange(in_flight_, {});
  settle();
  if (!queue_.empty()) hand_on();
  if (!synchronous) return after_write(completion);
  // Object mode always takes the tick: a slip in Node's condition that has become its order.
  const bool owes_drain = need_drain_ && drained();
  const bool needs_tick = completion || (!quiet_tick_due_ && (owes_drain || object_mode()));
  if (needs_tick) {
    quiet_tick_due_ = true;
    core_.next_tick(
        [this, completion = std::move(completion)]() mutable { after_write(completion); });
  } else {
    --owed_;
    if (ending()) maybe_finish(Finishing::later);
  }
}

void WriteSide::on_write_failed(Error error) {
  is_plain_ = false;
  if (op_ == Op::none) return core_.fail(Errc::multiple_callback);
  const bool synchronous = in_sink_call_;
  Completion completion = std::exchange(in_flight_, {});
  settle();
  core_.note(error);
  if (!synchronous) return after_failed_write(error, completion);
  core_.next_tick([this, error, completion = std::move(completion)]() mutable {
    after_failed_write(error, completion);
  });
}

void WriteSide::after_failed_write(const Error& error, Completion& completion) {
  --owed_;
  completion(error);
  // Not with `error`: it belongs to one write.
  fail_queued();
  core_.fail(error);  // last, for Error comes after every callback
}

// Calls back what will never be handed on. Node: errorBuffer.
void WriteSide::fail_queued() {
  if (op_ == Op::writing) return;
  const auto reason = [this](const char* operation) {
    return core_.errored() ? core_.errored() : stream_destroyed(operation);
  };
  if (gathers()) {
    Completion completion = queue_.take_callbacks();
    queue_.drop_chunks();
    completion(reason("write"));
  }
  // One by one, for a callback may uncork the stream, and the rest is handed on.
  while (queue_.count() > 0 && op_ == Op::none) {
    Callback callback = queue_.take_callback();
    queue_.drop_chunk();
    ++owed_;
    if (callback) callback(reason("write"));
  }
  if (!end_callbacks_.empty()) call_end_callbacks(reason("end"));
}

// --- Waiting for room ---

void WriteSide::emit_drain() {
  need_drain_ = false;
  resume_waiters_on_tick();  // also where a listener throws
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

// --- Around its life ---

void WriteSide::on_constructed() {
  if (op_ == Op::none) hand_on();
  if (ending()) maybe_finish(Finishing::now);
}

void WriteSide::before_destroy() {
  is_plain_ = false;
  queue_.close_room();
  resume_waiters_on_tick();
  // What would have been handed on long before, had the side not waited for more.
  if (settings_.delivery == Delivery::until_idle && op_ == Op::none && !core_.errored()) hand_on();
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
  // They may own the stream.
  const Completion in_flight = std::exchange(in_flight_, {});
  const Completion queued = queue_.take_callbacks();
  const std::vector<Callback> ends = std::exchange(end_callbacks_, {});
  const std::vector<Ref<WriteWaiter>> waiters = std::exchange(waiters_, {});
}

Error WriteSide::loss() const {
  if (queue_.empty()) return {};
  return {Errc::stream_destroyed, fmt::format("The stream was dropped with {} {} unwritten",
                                              length(), object_mode() ? "objects" : "bytes")};
}

}  // namespace weir::internal
