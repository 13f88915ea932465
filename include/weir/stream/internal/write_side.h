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

// The sink, as the typed stream calls it.
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
    bool enabled = true;  // without: the writable half of a Duplex that is only readable
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

  // What becomes of a write after the end.
  struct Refusal {
    Error error = {};          // none: ERR_STREAM_WRITE_AFTER_END
    bool fails_stream = true;  // else it is emitted, and the stream goes on
  };
  void set_refusal(Refusal refusal) noexcept { refusal_ = std::move(refusal); }

  bool refuses() const noexcept { return core_.blockers().ended || core_.blockers().destroyed; }
  Error refusal() const;
  // Reports a refused write: `callback` on a tick, then the stream fails. Returns what write()
  // answers.
  bool refuse(Callback callback);

  // --- Straight to the sink. ---

  // Whether a chunk is accepted and goes there.
  bool idle() const noexcept { return op_ == Op::none && !core_.blockers().any(); }
  // The same for the chunk that comes with the end, which need not wait for others.
  bool takes_last() const noexcept {
    return gathers() && !settings_.merges && op_ == Op::none && queue_.empty() &&
           !core_.blockers().any_but_gathering();
  }
  // Around the call of the sink's write. If that throws, `started` is not reached and the stream
  // stays as it is, writing, as in Node.
  void start(std::size_t length, Callback&& callback) {
    is_plain_ = !callback && !need_drain_ && !settings_.object_mode;
    if (callback) await_with(std::move(callback));
    begin(length);
  }
  // Returns what write() answers.
  bool started() noexcept {
    in_sink_call_ = false;
    return (is_plain_ && op_ == Op::none) || room();
  }

  // --- Through the queue. ---

  // The write was pushed to the queue. Returns what write() answers.
  bool queued(Callback&& callback) {
    is_plain_ = false;
    if (callback) queue_.add_callback(std::move(callback));
    return gathers() ? gathered() : room();
  }
  // For SinkCalls: the sink is about to be called with that much.
  void begin(std::size_t length) noexcept {
    ++owed_;
    in_flight_length_ = length;
    op_ = Op::writing;
    in_sink_call_ = true;
  }
  bool has_write() const noexcept { return settings_.has_write; }
  // Whether a callback waits for the write that is with the sink.
  bool is_awaited() const noexcept { return static_cast<bool>(in_flight_); }
  // Nothing comes after what is queued.
  bool end_announced() const noexcept { return phase_ != Phase::open; }

  // --- What else the writer asks. ---

  void cork() noexcept;
  void uncork();
  // The next write is the last.
  void announce_end() noexcept {
    if (phase_ == Phase::open && !refuses()) phase_ = Phase::last_write;
  }
  // `refused` is what became of the chunk that came with the end.
  void end(Callback callback, Error refused);
  void await_room(Ref<WriteWaiter> waiter);

  // --- Entries from below. ---

  void on_written() {
    // The whole of a plain write whose sink is done at once.
    if (!is_plain_ || !in_sink_call_ || op_ == Op::none) return complete_write();
    settle();
    --owed_;
  }
  void on_write_failed(Error error);
  void on_finalized(Error error);
  void on_constructed();
  // The stream has failed, and may not be destroyed: writes are queued from now on.
  void on_errored() {
    queue_.close_room();
    resume_waiters_on_tick();
  }
  void before_destroy();
  void revive() noexcept;
  // The stream's Loop is gone: drops what is queued, and the callbacks uncalled.
  void abandon() noexcept;

  // --- Properties. ---

  bool enabled() const noexcept { return settings_.enabled; }
  bool writable() const noexcept { return !ending() && !core_.destroyed() && !core_.errored(); }
  // An Error where dropping the stream now would lose what it has accepted.
  Error loss() const;

  // Accepted and not done, the sink's write included.
  std::size_t length() const noexcept { return in_flight_length_ + queue_.length(); }
  std::size_t high_water_mark() const noexcept { return settings_.high_water_mark; }
  bool object_mode() const noexcept { return settings_.object_mode; }
  std::size_t corked() const noexcept { return corked_; }
  bool need_drain() const noexcept { return need_drain_ && !core_.destroyed() && !ending(); }
  // The same, also of a stream that will not drain any more.
  bool ending() const noexcept { return phase_ >= Phase::ending; }
  bool end_returned() const noexcept { return end_returned_; }
  bool finished() const noexcept { return phase_ == Phase::finished; }
  bool has_pending_callbacks() const noexcept { return owed_ != 0 || !queue_.empty(); }
  // Whether a function of the sink is on the stack.
  bool is_calling() const noexcept { return in_sink_call_; }

 private:
  enum class Phase : std::uint8_t { open, last_write, ending, finalizing, prefinished, finished };
  enum class Op : std::uint8_t { none, writing };

  bool gathers() const noexcept { return settings_.delivery != Delivery::each; }
  // What write() answers; owes a Drain where it is false for lack of room.
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
  // All that was accepted is done: what Drain and Finish wait for.
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

  // The ending: write_ending.cc.
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

  std::size_t in_flight_length_ = 0;  // of what is with the sink
  Completion in_flight_;
  std::vector<Callback> end_callbacks_;
  std::vector<Ref<WriteWaiter>> waiters_;
  std::size_t corked_ = 0;
  // Writes that are not in the queue, and steps of the ending, that are not over: Node's pendingcb
  // without the queue. It may be below zero for a moment: a sink that calls final's Done twice
  // takes one too many.
  std::ptrdiff_t owed_ = 0;
  Refusal refusal_;

  Phase phase_ = Phase::open;
  Op op_ = Op::none;
  bool end_returned_ = false;
  bool need_drain_ = false;
  bool flush_due_ = false;       // a tick that hands on what was gathered
  bool quiet_tick_due_ = false;  // a tick for writes that have no callback
  bool in_sink_call_ = false;    // what is done now is done synchronously: callbacks take a tick
  bool handing_on_ = false;
  // The write that is with the sink went straight to it, and nothing has happened since that needs
  // more than to forget it: no callback, nothing queued, no Drain owed.
  bool is_plain_ = false;
};

}  // namespace weir::internal
