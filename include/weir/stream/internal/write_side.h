// weir/stream/internal/write_side.h - the writable half of a stream: queue, backpressure, ending.
//
// Node's lib/internal/streams/writable.js, record for record, for chunks of any type.
//
//   phase         the writer                     on
//   open          may write                      end(chunk)                        -> last_write
//   last_write    is writing end()'s chunk       end()                             -> ending
//   ending        may write no more              all is done, final is called      -> finalizing
//   finalizing                                   final is done                     -> prefinished
//   prefinished   Prefinish was emitted          a later tick                      -> finished
//   finished      Finish was emitted
//
//   operation     the sink                       on
//   none          has no write                   a write, or queued ones           -> writing
//   writing       has one write or batch         its Done                          -> none
//
// A sink without final goes from ending to prefinished at once; revive() leads back to open.
//
// A write takes one of two ways: straight to the sink where that is idle (start, the sink's write,
// started), else into the queue (push, queued), which the side hands on when the sink is done or,
// with a Delivery other than `each`, on a tick. Each entry from below first makes the state true,
// then hands on what is queued, and only then runs callbacks and listeners.
#pragma once

#include <weir/base/callback.h>
#include <weir/stream/internal/completion.h>
#include <weir/stream/internal/stream_core.h>
#include <weir/stream/internal/write_queue.h>
#include <weir/stream/internal/write_waiter.h>
#include <weir/stream/sink.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::internal {

// The calls to the sink, implemented by the typed stream.
class SinkCalls {
 public:
  // Takes the first chunk from the queue, begins it and calls write.
  virtual void write_next() = 0;
  // Takes all, begins them and calls writev.
  virtual void write_all() = 0;
  virtual void call_final() = 0;

 protected:
  ~SinkCalls() = default;
};

class WriteSide {
 public:
  struct Settings {
    std::size_t high_water_mark;
    bool object_mode;
    bool has_write;
    bool has_writev;
    bool has_final;
    Delivery delivery = Delivery::each;
    bool merges = false;
    bool enabled = true;  // false for a Duplex that is only readable
  };

  WriteSide(Stream& stream, StreamCore& core, SinkCalls& sink, WriteQueue& queue,
            Settings settings) noexcept
      : stream_(stream), core_(core), sink_(sink), queue_(queue), settings_(settings) {
    core_.blockers().gathers = gathers();
    if (settings.enabled) return;
    core_.blockers().ended = true;
    phase_ = Phase::finished;
    end_returned_ = true;
  }
  WriteSide(const WriteSide&) = delete;
  WriteSide& operator=(const WriteSide&) = delete;

  // --- Refusing a write. ---

  // The handling of a write after the end.
  struct Refusal {
    Error error = {};          // empty: ERR_STREAM_WRITE_AFTER_END
    bool fails_stream = true;  // if false, the error is emitted and the stream continues
  };
  void set_refusal(Refusal refusal) noexcept { refusal_ = std::move(refusal); }

  bool refuses() const noexcept { return core_.blockers().ended || core_.blockers().destroyed; }
  Error refusal() const;
  // Reports a refused write: `callback` on a tick, then the stream fails. Returns the result of
  // write().
  bool refuse(Callback callback);

  // --- Straight to the sink. ---

  // True if a chunk is accepted and may be passed to the sink at once.
  bool idle() const noexcept { return op_ == Op::none && !core_.blockers().any(); }
  // The same for the chunk of end(), which does not wait for later ones.
  bool takes_last() const noexcept {
    return gathers() && !settings_.merges && op_ == Op::none && queue_.empty() &&
           !core_.blockers().any_but_gathering();
  }
  // Call around the sink's write. If that throws, `started` is not called and the stream stays in
  // the state `writing`, as in Node.
  void start(std::size_t length, Callback&& callback) {
    is_plain_ = !callback && !need_drain_ && !settings_.object_mode;
    if (callback) await_with(std::move(callback));
    begin(length);
  }
  // Returns the result of write().
  bool started() noexcept {
    in_sink_call_ = false;
    return (is_plain_ && op_ == Op::none) || room();
  }

  // --- Through the queue. ---

  // Call after the write was pushed to the queue. Returns the result of write().
  bool queued(Callback&& callback) {
    is_plain_ = false;
    if (callback) queue_.add_callback(std::move(callback));
    return gathers() ? gathered() : room();
  }
  // For SinkCalls, before a call of the sink with this length.
  void begin(std::size_t length) noexcept {
    ++owed_;
    in_flight_length_ = length;
    op_ = Op::writing;
    in_sink_call_ = true;
  }
  bool has_write() const noexcept { return settings_.has_write; }
  // True if a callback waits for the write that the sink has.
  bool is_awaited() const noexcept { return static_cast<bool>(in_flight_); }
  // True if no write follows the queued ones.
  bool end_announced() const noexcept { return phase_ != Phase::open; }

  // --- Other functions for the writer. ---

  void cork() noexcept;
  void uncork();
  // The next write is the last.
  void announce_end() noexcept {
    if (phase_ == Phase::open && !refuses()) phase_ = Phase::last_write;
  }
  // `refused` is the error of the chunk of end(), if any.
  void end(Callback callback, Error refused);
  void await_room(Ref<WriteWaiter> waiter);

  // --- Calls from the layers below. ---

  void on_written() {
    // The fast path of a plain write whose sink completes at once.
    if (!is_plain_ || !in_sink_call_ || op_ == Op::none) return complete_write();
    settle();
    --owed_;
  }
  void on_write_failed(Error error);
  void on_finalized(Error error);
  void on_constructed();
  // The stream has failed, and may not be destroyed: later writes are queued.
  void on_errored() {
    queue_.close_room();
    resume_waiters_on_tick();
  }
  void before_destroy();
  void revive() noexcept;
  // The stream's Loop is gone: drops the queued writes, and their callbacks uncalled.
  void abandon() noexcept;

  // --- Properties. ---

  bool enabled() const noexcept { return settings_.enabled; }
  bool writable() const noexcept { return !ending() && !core_.destroyed() && !core_.errored(); }
  // An Error if dropping the stream now would lose accepted data.
  Error loss() const;

  // Accepted and not completed, including the sink's write.
  std::size_t length() const noexcept { return in_flight_length_ + queue_.length(); }
  std::size_t high_water_mark() const noexcept { return settings_.high_water_mark; }
  bool object_mode() const noexcept { return settings_.object_mode; }
  std::size_t corked() const noexcept { return corked_; }
  bool need_drain() const noexcept { return need_drain_ && !core_.destroyed() && !ending(); }
  // As end_announced, for a stream that does not drain any more.
  bool ending() const noexcept { return phase_ >= Phase::ending; }
  bool end_returned() const noexcept { return end_returned_; }
  bool finished() const noexcept { return phase_ == Phase::finished; }
  bool has_pending_callbacks() const noexcept { return owed_ != 0 || !queue_.empty(); }
  // True while a function of the sink is on the stack.
  bool is_calling() const noexcept { return in_sink_call_; }

 private:
  enum class Phase : std::uint8_t { open, last_write, ending, finalizing, prefinished, finished };
  enum class Op : std::uint8_t { none, writing };

  bool gathers() const noexcept { return settings_.delivery != Delivery::each; }
  // The result of write(); if it is false for lack of room, Drain is due.
  bool room() noexcept {
    const std::size_t length = this->length();
    const bool room = length < settings_.high_water_mark || length == 0;
    if (!room) {
      need_drain_ = true;
      is_plain_ = false;
    }
    return room && !core_.blockers().destroyed && !core_.blockers().errored;
  }
  bool full() const noexcept { return length() >= settings_.high_water_mark; }
  // True if all accepted data is completed, as Drain and Finish require.
  bool drained() const noexcept { return length() == 0; }

  // Not inlined, so that write() without a callback is.
  [[gnu::noinline]] void await_with(Callback&& callback) noexcept {
    in_flight_ = Completion(std::move(callback));
  }
  bool gathered();
  std::size_t free_length() const noexcept;
  void flush_on_tick();
  void hand_on();
  void hand_on_next();
  void hand_on_all();

  void settle() noexcept {
    op_ = Op::none;
    in_flight_length_ = 0;
  }
  void complete_write();
  void after_write(Completion& completion);
  void after_failed_write(const Error& error, Completion& completion);
  void fail_queued();
  void emit_drain();
  void resume_waiters_on_tick();

  // The end: write_ending.cc.
  bool ready_to_finish() const noexcept;
  enum class Finishing : bool { now, later };
  void maybe_finish(Finishing finishing);
  void prefinish();
  void finish();
  void call_end_callbacks(const Error& error);

  template <class Event>
  void emit() {
    const Event event;
    stream_.listeners().emit(&kEventKey<Event>, &event);
  }

  Stream& stream_;
  StreamCore& core_;
  SinkCalls& sink_;
  WriteQueue& queue_;
  Settings settings_;

  std::size_t in_flight_length_ = 0;  // of the sink's write
  Completion in_flight_;
  std::vector<Callback> end_callbacks_;
  std::vector<Ref<WriteWaiter>> waiters_;
  std::size_t corked_ = 0;
  // The writes outside of the queue, and the steps of the ending, that are not complete: Node's
  // pendingcb without the queue. It may be negative for a moment: a sink that calls final's Done
  // twice subtracts once too often.
  std::ptrdiff_t owed_ = 0;
  Refusal refusal_;

  Phase phase_ = Phase::open;
  Op op_ = Op::none;
  bool end_returned_ = false;
  bool need_drain_ = false;
  bool flush_due_ = false;       // a tick that passes the buffered writes to the sink
  bool quiet_tick_due_ = false;  // a tick for writes without a callback
  bool in_sink_call_ = false;    // a Done is synchronous now: callbacks run on a tick
  bool handing_on_ = false;
  // The sink's write was passed to it directly and needs no more than to be forgotten: no callback,
  // an empty queue, no Drain due.
  bool is_plain_ = false;
};

}  // namespace weir::internal
