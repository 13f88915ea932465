// weir/stream/internal/write_side.h - the writable half of a stream: queue, backpressure, ending.
//
// Node's lib/internal/streams/writable.js, for chunks of any type.
//
//   phase         the writer                     on
//   open          may write                      end(chunk)                        -> last_write
//   last_write    is writing end()'s chunk       end()                             -> ending
//   ending        may write no more              all is done, final is called      -> finalizing
//   finalizing                                   final is done                     -> prefinished
//   prefinished   Prefinish was emitted          a later tick                      -> finished
//   finished      Finish was emitted
//
//   after         a completed write              on
//   nothing       has no effect                  a callback, a queued write, ...   -> usual
//   usual         calls back, starts the next    a direct write without a callback -> nothing
//   drain         the same, and Drain            Drain                             -> usual
//
// `nothing` and `usual` become `drain` when a write() returns false. The sink has one write or
// batch at a time: CallState. A sink that overlaps may have several: Flight.
//
// A sink without final goes from ending to prefinished at once; revive() leads back to open.
//
// A write takes one of two ways: straight to the sink if it is idle (start, the sink's write,
// started), else into the queue (push, queued), which the side hands on when the sink is done or,
// with a Delivery other than `each`, on a tick. A flush or sync is an entry of the queue, and a
// call of the sink with no length. Each call from below first updates the state, then hands on
// queued writes, and runs callbacks and listeners last.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/ring.h>
#include <weir/stream/internal/call_state.h>
#include <weir/stream/internal/completion.h>
#include <weir/stream/internal/due_ticks.h>
#include <weir/stream/internal/high_water_mark.h>
#include <weir/stream/internal/stopwatch.h>
#include <weir/stream/internal/stream_core.h>
#include <weir/stream/internal/write_queue.h>
#include <weir/stream/internal/write_waiter.h>
#include <weir/stream/metrics.h>
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
  // Takes a batch, begins it and calls writev.
  virtual void write_batch(std::size_t most) = 0;
  // Calls writev with an empty batch, for a sink that completes ahead.
  virtual void call_flush() = 0;
  virtual void call_sync() = 0;
  virtual void call_final() = 0;

 protected:
  ~SinkCalls() = default;
};

class WriteSide {
 public:
  struct Settings {
    std::size_t high_water_mark;
    bool object_mode;
    SinkTraits sink = {};
    bool enabled = true;  // false for a Duplex that is only readable
    BufferLimits limits = {};

    // The length at which a batch is passed on, so that a Drain before its end finds the rest in
    // progress.
    std::size_t batch() const noexcept {
      return limits.low_water_mark == 0 ? kNoLimit : merged_chunk();
    }
    // The size of a chunk of merged writes: a full buffer, or a batch.
    std::size_t merged_chunk() const noexcept { return high_water_mark - limits.low_water_mark; }
  };

  WriteSide(Stream& stream, StreamCore& core, SinkCalls& sink, WriteQueue& queue,
            Settings settings) noexcept
      : stream_(stream), core_(core), sink_(sink), queue_(queue), settings_(settings) {
    core_.blockers().gathers = gathers();
    core_.blockers().indirect = !settings.sink.write || settings.limits.max_buffered != kNoLimit;
    if (settings.enabled) return;
    core_.blockers().ended = true;
    phase_ = Phase::finished;
    end_returned_ = true;
  }
  WriteSide(const WriteSide&) = delete;
  WriteSide& operator=(const WriteSide&) = delete;
  ~WriteSide() { core_.ticks().count_written(given_ - in_flight_length_); }

  // --- Refusing a write. ---

  // The handling of a write after the end.
  struct Refusal {
    Error error = {};          // empty: ERR_STREAM_WRITE_AFTER_END
    bool fails_stream = true;  // if false, the error is emitted and the stream continues
  };
  void set_refusal(Refusal refusal) noexcept { refusal_ = std::move(refusal); }

  bool refuses() const noexcept { return core_.blockers().ended || core_.blockers().destroyed; }
  bool refuses(std::size_t length) const noexcept { return refuses() || overflows(length); }
  Error refusal(std::size_t length) const;
  // Reports a refused write: `callback` on a tick, then the stream fails; not for a write that only
  // overflows the buffer. Returns the result of write().
  bool refuse(std::size_t length, Callback callback);
  std::optional<std::size_t> max_buffered() const noexcept {
    if (settings_.limits.max_buffered == kNoLimit) return std::nullopt;
    return settings_.limits.max_buffered;
  }
  // True if the buffer would hold more than max_buffered.
  bool overflows(std::size_t length) const noexcept {
    return settings_.limits.max_buffered != kNoLimit &&
           length > settings_.limits.max_buffered - this->length();
  }

  // --- Straight to the sink. ---

  // True if a chunk that is not refused may be passed to the sink at once.
  bool idle() const noexcept {
    return !call_.awaits_answer() && !core_.blockers().any_but_indirect();
  }
  // True if a chunk is accepted and may be passed to the sink's write at once.
  bool idle_for_write() const noexcept { return !call_.awaits_answer() && !core_.blockers().any(); }
  // True if each chunk is checked first: by refuses(length), then idle().
  bool is_indirect() const noexcept { return core_.blockers().indirect; }
  // The same for the chunk of end(), which does not wait for later ones.
  bool takes_last() const noexcept {
    return gathers() && !settings_.sink.merges && !settings_.sink.overlaps &&
           !call_.awaits_answer() && queue_.empty() && !core_.blockers().any_but_lasting();
  }
  // Call around the sink's write. If that throws, `started` is not called and the write stays
  // incomplete, as in Node.
  void start(std::size_t length, Callback&& callback) {
    if (after_ != After::drain)
      after_ = callback || settings_.object_mode ? After::usual : After::nothing;
    if (callback) await_with(std::move(callback));
    ++passed_by_;
    begin(length);
  }
  // Returns the result of write().
  bool started() noexcept {
    call_.leave();
    return (after_ == After::nothing && call_.is_idle()) || room();
  }

  // --- Through the queue. ---

  // Call after the write was pushed to the queue. Returns the result of write().
  bool queued(Callback&& callback) {
    expect_more();
    if (callback) queue_.add_callback(std::move(callback));
    return gathers() ? gathered() : room();
  }
  // For SinkCalls, before a call of the sink with this length.
  void begin(std::size_t length) noexcept {
    in_flight_length_ += length;
    given_ += length;
    call_.call();
  }
  // The same for the chunks that were taken from the queue, with their callbacks.
  void begin_batch(std::size_t length) {
    in_flight_ = queue_.take_callbacks();
    begin(length);
  }
  bool has_write() const noexcept { return settings_.sink.write; }
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
  // Calls back when all earlier writes have reached the stage.
  void await_stage(Stage stage, Callback callback);
  // `refused` is the error of the chunk of end(), if any.
  void end(Callback callback, Error refused);
  void await_room(Ref<WriteWaiter> waiter);

  // --- Calls from the layers below. ---

  void on_written() {
    // The fast path of a plain write whose sink completes at once.
    if (after_ != After::nothing || !call_.is_calling()) return complete_write();
    settle();
  }
  void on_write_failed(Error error);
  void on_finalized(Error error);
  void on_constructed();
  // The stream has failed, and may not be destroyed: later writes are queued.
  void on_errored() {
    expect_more();
    queue_.close_room();
    end_pressure();
    resume_waiters_on_tick();
  }
  void before_destroy();
  void revive() noexcept;
  // The stream's Loop is destroyed: drops the queued writes, and their callbacks uncalled.
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
  bool need_drain() const noexcept {
    return after_ == After::drain && !core_.destroyed() && !ending();
  }
  // As end_announced, for a stream that does not drain any more.
  bool ending() const noexcept { return phase_ >= Phase::ending; }
  bool end_returned() const noexcept { return end_returned_; }
  bool finished() const noexcept { return phase_ == Phase::finished; }
  bool has_pending_callbacks() const noexcept {
    return owed_ != 0 || call_.awaits_answer() || !flights_.empty() || !queue_.empty();
  }
  WriteMetrics metrics() const noexcept;
  // What the queued writes wait for; null if nothing.
  const char* obstacle() const noexcept;
  // True while a function of the sink is on the stack.
  bool is_calling() const noexcept { return call_.is_on_stack(); }

 private:
  // A batch that an overlapping sink has, while it takes others.
  struct Flight {
    std::size_t length;
    Completion completion;
  };
  enum class Phase : std::uint8_t { open, last_write, ending, finalizing, prefinished, finished };
  enum class After : std::uint8_t { nothing, usual, drain };
  // quiet: for writes without a callback.
  enum class Tick : std::uint8_t { flush, quiet };

  bool gathers() const noexcept { return settings_.sink.delivery != Delivery::each; }
  // The completion of the sink's write will have an effect.
  void expect_more() noexcept {
    if (after_ == After::nothing) after_ = After::usual;
  }
  void note_peak(std::size_t length) noexcept {
    if (length > peak_) [[unlikely]]
      peak_ = length;
  }
  // The result of write(); if it is false for lack of room, Drain is due.
  bool room() noexcept {
    const std::size_t length = this->length();
    note_peak(length);
    if (length >= settings_.high_water_mark && length != 0) return no_room();
    return !core_.blockers().destroyed && !core_.blockers().errored;
  }
  bool full() const noexcept { return length() >= settings_.high_water_mark; }
  // Drain is due. Returns false. Not inlined, so that write() without a callback is.
  [[gnu::noinline]] bool no_room() noexcept;
  void end_pressure() noexcept {
    if (pressure_.is_running()) pressure_.stop(core_.ticks().turn_time());
  }
  // True if as much is completed as Drain requires: all, without a low-water mark.
  bool drained() const noexcept { return length() <= settings_.limits.low_water_mark; }

  // Not inlined, so that write() without a callback is.
  [[gnu::noinline]] void await_with(Callback&& callback) noexcept {
    in_flight_ = Completion(std::move(callback));
  }
  bool gathered();
  std::size_t free_length() const noexcept;
  void flush_on_tick();
  // Passes queued writes to the sink, unless it has one.
  void hand_on() {
    if (!call_.awaits_answer() && !queue_.empty()) hand_on_queued();
  }
  void hand_on_queued();
  void hand_on_next();
  void hand_on_batch();
  void hand_on_stages();

  void settle() noexcept {
    call_.answer();
    in_flight_length_ = 0;
  }
  void complete_write();
  // An overlapping sink's calls: write_flights.cc.
  bool has_flights() const noexcept {
    return settings_.sink.overlaps && (!flights_.empty() || failed_flights_ > 0);
  }
  void launch(std::size_t before);
  void complete_flight();
  void fail_flights(const Error& error);
  void after_flight(Completion& completion);
  void after_write(Completion& completion);
  void conclude_write(Completion& completion);
  void after_failed_write(const Error& error, Completion& completion);
  // `rest` is the error of the writes after the lead.
  void conclude_failure(const Error& error, const Error& rest, Completion& completion);
  void call_back(Completion& completion, const Error& error);
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

  std::size_t in_flight_length_ = 0;  // of all that the sink has
  Completion in_flight_;
  Ring<Flight> flights_;
  std::size_t failed_flights_ = 0;  // whose Done is still to be called
  std::vector<Callback> end_callbacks_;
  std::vector<Ref<WriteWaiter>> waiters_;
  std::uint32_t corked_ = 0;
  // The completed writes whose effects are due, and the steps of the ending: Node's pendingcb
  // without the queue and the sink's write. It may be negative for a moment: a sink that calls
  // final's Done twice subtracts once too often.
  std::int32_t owed_ = 0;
  Refusal refusal_;

  // For metrics().
  std::uint64_t given_ = 0;  // the length of all that the sink got
  std::size_t peak_ = 0;     // between the two counters: GCC adds neighbours in five instructions
  std::uint64_t passed_by_ = 0;  // the number of writes that were never queued
  std::uint32_t full_ = 0;
  std::uint32_t drains_ = 0;
  Stopwatch pressure_;

  Phase phase_ = Phase::open;
  After after_ = After::usual;
  CallState call_;  // on the stack, a Done is synchronous: callbacks run on a tick
  DueTicks<Tick> due_;
  bool end_returned_ = false;
  bool handing_on_ = false;
};

}  // namespace weir::internal
