#include <weir/stream/internal/write_side.h>

#include "stream/ticks.h"
#include <weir/stream/events.h>
#include <weir/stream/internal/read_side.h>
#include <weir/stream/stream.h>

#include <utility>

#include <fmt/format.h>

namespace weir::internal {

// A callback that may be called again; see fail_pending.
struct WriteSide::SharedCallback final : RefCounted {
  explicit SharedCallback(Callback callback) : call(std::move(callback)) {}
  Callback call;
};

void WriteSide::Completion::operator()(const Error& error) {
  if (one) one(error);
  if (!batch) return;
  // By index: a callback may bring more of the stream's callbacks along.
  for (std::size_t i = 0; i < batch->callbacks.size(); ++i)
    if (Callback callback = std::move(batch->callbacks[i])) callback(error);
}

template <class Event>
void WriteSide::emit() {
  const Event event;
  stream_.listeners().emit(&kEventKey<Event>, &event);
}

Error WriteSide::refusal() const {
  if (!ending()) return stream_destroyed("write");
  return late_write_ ? late_write_ : Error(Errc::stream_write_after_end);
}

void WriteSide::refuse(const Error& refusal, Callback callback) {
  if (core_.is_gone_for("write")) return;
  if (callback)
    core_.next_tick([refusal, callback = std::move(callback)]() mutable { callback(refusal); });
  if (!outlives_refusals_) return core_.fail(refusal, StreamCore::Emit::later);
  if (core_.destroyed()) return;
  core_.next_tick([this, refusal] { stream_.listeners().emit(&kEventKey<Error>, &refusal); });
}

void WriteSide::enqueue_gathered(std::size_t length, Callback&& callback) {
  simple_ = false;
  gathered_ += length;
  // A chunk without bytes is one to a sink that sees chunks.
  if (callback || length == 0) {
    ++pending_callbacks_;
    pending_.emplace_back(0u, std::move(callback));
  }
  if (!end_announced_ && !writing_ && !core_.errored()) flush_on_tick();
}

std::size_t WriteSide::free_length() const noexcept {
  const Obstacles& obstacles = core_.obstacles();
  const bool scheduled = flush_due_ || writing_;
  if (!scheduled || full() || obstacles.ended || obstacles.destroyed || obstacles.errored) return 0;
  return settings_.high_water_mark - static_cast<std::size_t>(length_) - 1;
}

bool WriteSide::gather(std::size_t length) {
  count(length);
  if (!writing_ && !core_.errored()) flush_on_tick();
  return room();
}

// Gathering sinks get what one callback of the program wrote in one go. A full buffer need not
// wait for the tick: the sink works on it while the program gets to know.
void WriteSide::flush_on_tick() {
  if (full()) return hand_on();
  if (std::exchange(flush_due_, true)) return;
  const auto flush = [this] {
    chunks_.count_gathered();
    flush_due_ = false;
    if (!writing_ && !core_.errored()) hand_on();
  };
  if (settings_.after_ticks)
    core_.after_ticks(flush);
  else
    core_.next_tick(flush);
}

void WriteSide::uncork() {
  chunks_.count_gathered();
  if (corked_ == 0) return;
  core_.obstacles().corked = --corked_ > 0;
  if (!writing_) hand_on();
}

inline void WriteSide::hand_on_next() {
  Pending& next = pending_.front();
  if (next.callback) in_flight_.one = std::move(next.callback);
  begin(next.length);
  pending_.drop_front();
  if (failed_ > 0) --failed_;
  if (core_.destroyed()) {
    chunks_.drop_all();
    on_write_failed(stream_destroyed("write"));
  } else {
    chunks_.write_next();
  }
  in_sink_call_ = false;
}

// Node: clearBuffer.
void WriteSide::hand_on() {
  if (core_.destroyed() || handing_on_ || corked_ || !core_.constructed() || !has_queued()) return;
  if (settings_.gathers && core_.errored()) return;  // what is queued fails, and only that
  // Not reset if the sink throws: the stream is stuck then, as in Node.
  handing_on_ = true;
  if (settings_.gathers)
    while (has_queued() && !writing_) hand_on_all();
  else if (settings_.has_writev && pending_.size() > 1)
    hand_on_all();
  else
    while (!pending_.empty() && !writing_) hand_on_next();
  handing_on_ = false;
}

void WriteSide::hand_on_all() {
  pending_callbacks_ -= static_cast<std::ptrdiff_t>(pending_.size()) - 1;
  Callback first;
  Ref<Batch> batch;
  const auto add = [&](Callback callback) {
    if (!first && !batch && settings_.gathers) {
      first = std::move(callback);
      return;
    }
    if (!batch) batch = make_ref<Batch>();
    batch->callbacks.push_back(std::move(callback));
  };
  while (!pending_.empty())
    if (Callback callback = pending_.pop_front().callback) add(std::move(callback));

  in_flight_ = {std::move(first), batch};
  gathered_ = 0;
  begin(length());
  chunks_.write_all();
  in_sink_call_ = false;

  // Node forgets what a writev writes to its own stream: such a chunk is never handed on, it stays
  // counted, and its callback goes with the batch where that has any. Gathering is not Node's.
  if (settings_.gathers) return;
  while (!pending_.empty()) {
    Callback callback = pending_.pop_front().callback;
    if (batch && callback) batch->callbacks.push_back(std::move(callback));
  }
  chunks_.drop_all();
}

inline void WriteSide::after_write(Completion& completion) {
  quiet_tick_due_ = false;
  if (need_drain_ && length_ == 0 && !ending() && !core_.destroyed()) {
    need_drain_ = false;
    emit<Drain>();
  }
  --pending_callbacks_;
  if (completion) completion(success());
  if (core_.destroyed()) fail_pending();
  if (ending()) maybe_finish(Finishing::later);
}

void WriteSide::complete_write() {
  simple_ = false;
  if (core_.ticks().closed()) {  // the queue is gone, or going
    if (writing_) settle();
    return;
  }
  if (settings_.gathers) chunks_.count_gathered();
  if (!writing_) return core_.fail(Errc::multiple_callback);
  const bool synchronous = in_sink_call_;
  Completion completion;
  if (in_flight_) completion = std::exchange(in_flight_, {});
  settle();
  if (has_queued()) hand_on();
  if (!synchronous) return after_write(completion);
  // Object mode always takes the tick: a slip in Node's condition that has become its order.
  const bool owes_drain = need_drain_ && length_ == 0;
  const bool needs_tick = completion || (!quiet_tick_due_ && (owes_drain || object_mode()));
  if (needs_tick) {
    quiet_tick_due_ = true;
    core_.next_tick(
        [this, completion = std::move(completion)]() mutable { after_write(completion); });
  } else {
    --pending_callbacks_;
    if (ending()) maybe_finish(Finishing::later);
  }
}

void WriteSide::on_write_failed(Error error) {
  simple_ = false;
  chunks_.count_gathered();
  if (!writing_) return core_.fail(Errc::multiple_callback);
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
  --pending_callbacks_;
  completion(error);
  // Not with `error`: it belongs to one write.
  fail_pending();
  core_.fail(error);  // last, for Error comes after every callback
}

// Calls back what will never be handed on. Node: errorBuffer.
void WriteSide::fail_pending() {
  if (writing_) return;
  const auto reason = [this](const char* operation) {
    return core_.errored() ? core_.errored() : stream_destroyed(operation);
  };
  // Node's loop leaves the writes in the queue until all are called back, and a callback that
  // uncorks then has the sink write them after all, with a second call of their callbacks.
  for (failed_ = 0; failed_ < pending_.size();) {
    Pending& failed = pending_[failed_++];
    length_ -= static_cast<std::ptrdiff_t>(failed.length);
    if (!failed.callback) continue;
    const auto callback = make_ref<SharedCallback>(std::move(failed.callback));
    failed.callback = [callback](const Error& error) { callback->call(error); };
    callback->call(reason("write"));
  }
  length_ -= static_cast<std::ptrdiff_t>(std::exchange(gathered_, 0));
  if (!end_callbacks_.empty()) call_end_callbacks(reason("end"));
  failed_ = 0;
  pending_.clear();
  chunks_.drop_all();
}

void WriteSide::end(Callback callback, Error refused) {
  if (core_.is_gone_for("end")) return;
  chunks_.count_gathered();
  announce_end();
  if (corked_) {  // ends every cork
    corked_ = 1;
    uncork();
  } else if (settings_.gathers && !writing_) {
    hand_on();
  }

  Error error = std::move(refused);
  if (error) {
    // the refused write has reported it
  } else if (!ending() && !core_.errored()) {
    phase_ = Phase::ending;
    simple_ = false;
    core_.obstacles().ended = true;
    maybe_finish(Finishing::later);
    end_returned_ = true;
  } else if (finished()) {
    error = stream_already_finished("end");
  } else if (core_.destroyed()) {
    error = stream_destroyed("end");
  }

  if (!callback) return;
  if (!error) error = core_.errored();
  if (error || finished())
    core_.next_tick([error, callback = std::move(callback)]() mutable { callback(error); });
  else
    end_callbacks_.push_back(std::move(callback));
}

bool WriteSide::ready_to_finish() const noexcept {
  return ending() && !finished() && !writing_ && !handing_on_ && !has_queued() && length_ == 0 &&
         core_.constructed() && !core_.destroyed() && !core_.errored() && !core_.error_emitted() &&
         !core_.close_emitted();
}

void WriteSide::maybe_finish(Finishing finishing) {
  if (!ready_to_finish()) return;
  prefinish();
  if (pending_callbacks_ != 0) return;
  if (finishing == Finishing::later) {
    ++pending_callbacks_;
    core_.next_tick([this] {
      if (ready_to_finish())
        finish();
      else
        --pending_callbacks_;
    });
  } else if (ready_to_finish()) {
    ++pending_callbacks_;
    finish();
  }
}

void WriteSide::prefinish() {
  if (phase_ != Phase::ending) return;
  if (!settings_.has_final || core_.destroyed()) {
    phase_ = Phase::prefinished;
    return emit<Prefinish>();
  }
  phase_ = Phase::finalizing;
  const Pin alive(stream_);
  in_sink_call_ = true;
  ++pending_callbacks_;
  try {
    chunks_.call_final();
  } catch (...) {
    on_finalized(Error::from_current_exception());
  }
  in_sink_call_ = false;
}

void WriteSide::on_finalized(Error error) {
  if (phase_ >= Phase::prefinished)
    return core_.fail(error ? std::move(error) : Error(Errc::multiple_callback));
  --pending_callbacks_;
  if (error) {
    call_end_callbacks(error);
    core_.fail(std::move(error), in_sink_call_ ? StreamCore::Emit::later : StreamCore::Emit::now);
  } else if (ready_to_finish()) {
    phase_ = Phase::prefinished;
    emit<Prefinish>();
    ++pending_callbacks_;
    core_.next_tick([this] { finish(); });
  }
}

void WriteSide::finish() {
  --pending_callbacks_;
  phase_ = Phase::finished;
  call_end_callbacks({});
  emit<Finish>();
  // A readable half that is not through goes on.
  const ReadSide* const readable = stream_.read_side();
  if (core_.auto_destroys() && (!readable || readable->finished() || !readable->enabled()))
    stream_.destroy();
}

void WriteSide::call_end_callbacks(const Error& error) {
  for (Callback& callback : std::exchange(end_callbacks_, {})) callback(error);
}

void WriteSide::on_constructed() {
  chunks_.count_gathered();
  if (!writing_) hand_on();
  if (ending()) maybe_finish(Finishing::now);
}

void WriteSide::before_destroy() {
  simple_ = false;
  chunks_.count_gathered();
  // What would have been handed on long before, had the side not waited for more.
  if (settings_.after_ticks && !writing_ && !core_.errored()) hand_on();
  if (has_queued() || handing_on_ || !end_callbacks_.empty())
    core_.next_tick([this] { fail_pending(); });
}

void WriteSide::revive() noexcept {
  phase_ = Phase::open;
  end_returned_ = false;
  core_.obstacles().ended = false;
}

void WriteSide::abandon() noexcept {
  chunks_.drop_all();
  gathered_ = 0;
  length_ = writing_ ? static_cast<std::ptrdiff_t>(in_flight_length_) : 0;
  // They may own the stream.
  const Completion in_flight = std::exchange(in_flight_, {});
  const Ring<Pending> pending = std::exchange(pending_, {});
  const std::vector<Callback> ends = std::exchange(end_callbacks_, {});
}

Error WriteSide::loss() const {
  if (!has_queued()) return {};
  return {Errc::stream_destroyed, fmt::format("The stream was dropped with {} {} unwritten",
                                              length(), object_mode() ? "objects" : "bytes")};
}

}  // namespace weir::internal
