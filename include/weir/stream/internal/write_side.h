// weir/stream/internal/write_side.h - the writable half of a stream: queue, backpressure, ending.
//
// Node's lib/internal/streams/writable.js, record for record, without knowing what a chunk is: the
// typed front keeps the chunks, this keeps their lengths, their callbacks and the order of things.
//
//   phase         what the writer asked        on
//   open          writes are accepted          end()                        -> ending
//   ending        no more writes               all handed on, final called  -> finalizing
//   finalizing    the sink's final runs        final is done                -> prefinished
//   prefinished   Prefinish was emitted        a later tick                 -> finished
//   finished      Finish was emitted
//
// revive() leads back to open.
// A sink without final goes from ending to prefinished at once. Independent of the phase, the sink
// has at most one write under way (`writing_`); whatever comes meanwhile is queued (`pending_`).
// Each entry from below settles these books first, then hands on what is queued, and only then
// runs callbacks and listeners. Every entry of a side that gathers begins with count_gathered.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/ring.h>
#include <weir/stream/internal/stream_core.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::internal {

// What the typed front does for the machine.
class ChunkQueue {
 public:
  virtual void write_next() = 0;  // hands the first queued chunk to the sink's write
  virtual void write_all() = 0;   // hands all queued chunks to the sink's writev
  virtual void call_final() = 0;
  virtual void drop_all() = 0;
  // Where the side gathers: how many bytes were appended that it was not told of; and that it is
  // told of them now, and asked again before more are appended.
  virtual std::size_t uncounted() const noexcept { return 0; }
  virtual void count_gathered() noexcept {}

 protected:
  ~ChunkQueue() = default;
};

class WriteSide {
 public:
  struct Settings {
    std::size_t high_water_mark;
    bool object_mode;
    bool has_writev;
    bool has_final;
    bool gathers;  // the sink cannot see chunk boundaries, and takes what a tick brought at once
    bool keeps_chunks = false;  // it gathers, but the sink does see the boundaries
    bool after_ticks = false;   // it gathers what comes until no tick is left
    bool enabled = true;        // without: the writable half of a Duplex that is only readable
  };

  WriteSide(Stream& stream, StreamCore& core, ChunkQueue& chunks, Settings settings) noexcept
      : stream_(stream), core_(core), chunks_(chunks), settings_(settings) {
    core_.obstacles().gathers = settings.gathers;
    if (settings.enabled) return;
    core_.obstacles().ended = true;
    phase_ = Phase::finished;
    end_returned_ = true;
  }
  WriteSide(const WriteSide&) = delete;
  WriteSide& operator=(const WriteSide&) = delete;

  // --- What a write consists of: start + started where idle; else refuses?, enqueue, room. ---

  bool refuses() const noexcept { return core_.obstacles().ended || core_.obstacles().destroyed; }
  Error refusal() const;
  // From now on, what comes after the end is refused with that instead.
  void refuse_with(Error error) noexcept { late_write_ = std::move(error); }
  // From now on, what comes after the end is reported, and does not fail the stream.
  void outlive_refusals() noexcept { outlives_refusals_ = true; }
  // Reports a refused write: `callback` on a tick, then the stream fails.
  void refuse(const Error& refusal, Callback callback);

  // Whether a chunk is accepted and goes straight to the sink.
  bool idle() const noexcept { return !writing_ && !core_.obstacles().any(); }
  // The same for the chunk that comes with the end: a side that keeps chunks need not gather it.
  bool takes_last() const noexcept {
    return settings_.keeps_chunks && !writing_ && !has_queued() &&
           !core_.obstacles().any_but_gathering();
  }
  // Around the call of the sink's write. If that throws, `started` is not reached and the stream
  // stays as it is, writing, as in Node.
  void start(std::size_t length, Callback&& callback) {
    ++pending_callbacks_;
    length_ += static_cast<std::ptrdiff_t>(length);
    simple_ = !callback && !need_drain_ && !settings_.object_mode;
    if (callback) in_flight_.one = std::move(callback);
    begin(length);
  }
  // Returns what write() answers.
  bool started() noexcept {
    in_sink_call_ = false;
    return (simple_ && !writing_) || room();
  }
  bool is_calling() const noexcept { return in_sink_call_; }
  // Whether anybody is called back for what the sink is at.
  bool is_awaited() const noexcept { return static_cast<bool>(in_flight_); }

  void enqueue(std::size_t length, Callback&& callback) {
    length_ += static_cast<std::ptrdiff_t>(length);
    if (settings_.gathers) return enqueue_gathered(length, std::move(callback));
    simple_ = false;
    ++pending_callbacks_;
    pending_.emplace_back(length, std::move(callback));
  }

  // --- Gathering: bytes that nobody is called back for are appended behind each other. ---

  // How many may be appended with nothing to be done for them and write() answering true: those
  // are counted later, at the next entry whatever it is. None where that is not so now.
  std::size_t free_length() const noexcept;
  void count(std::size_t length) noexcept {
    length_ += static_cast<std::ptrdiff_t>(length);
    gathered_ += length;
  }
  // As enqueue and room in one. REQUIRES: !refuses().
  bool gather(std::size_t length);

  // What write() answers; owes a Drain where it is false for lack of room.
  bool room() noexcept {
    const bool room = !full() || length_ == 0;
    if (!room) {
      need_drain_ = true;
      simple_ = false;
    }
    return room && !core_.obstacles().destroyed && !core_.obstacles().errored;
  }

  // --- What else the writer asks. ---

  void cork() noexcept {
    chunks_.count_gathered();
    ++corked_;
    core_.obstacles().corked = true;
  }
  void uncork();
  // What is written next is the last: the sink may want to know.
  void announce_end() noexcept { end_announced_ = end_announced_ || !refuses(); }
  // `refused` is what became of the chunk that came with the end.
  void end(Callback callback, Error refused);

  // --- Entries from below. ---

  void on_written() {
    // What a sink that is done at once comes to.
    if (!simple_ || !in_sink_call_ || !writing_) return complete_write();
    settle();
    --pending_callbacks_;
  }
  void on_write_failed(Error error);
  void on_finalized(Error error);
  void on_constructed();
  void before_destroy();
  void revive() noexcept;
  // The queue is gone: drops what is queued, and the callbacks uncalled.
  void abandon() noexcept;

  // --- Properties. ---

  bool enabled() const noexcept { return settings_.enabled; }
  bool writable() const noexcept { return !ending() && !core_.destroyed() && !core_.errored(); }
  // An Error where dropping the stream now would lose what it has accepted.
  Error loss() const;

  std::size_t length() const noexcept {
    return static_cast<std::size_t>(length_) + chunks_.uncounted();
  }
  std::size_t high_water_mark() const noexcept { return settings_.high_water_mark; }
  bool object_mode() const noexcept { return settings_.object_mode; }
  std::size_t corked() const noexcept { return corked_; }
  bool need_drain() const noexcept { return need_drain_ && !core_.destroyed() && !ending(); }
  // The same, also of a stream that will not drain any more.
  bool ending() const noexcept { return phase_ != Phase::open; }
  // Nothing comes behind what is queued; also while the last of it is being handed on.
  bool end_announced() const noexcept { return end_announced_; }
  bool end_returned() const noexcept { return end_returned_; }
  bool finished() const noexcept { return phase_ == Phase::finished; }
  bool has_pending_callbacks() const noexcept { return pending_callbacks_ != 0 || gathered_ > 0; }
  bool has_queued() const noexcept { return !pending_.empty() || gathered_ > 0; }

 private:
  enum class Phase : std::uint8_t { open, ending, finalizing, prefinished, finished };

  struct Pending {
    std::size_t length = 0;
    Callback callback;
  };
  struct Batch final : RefCounted {
    std::vector<Callback> callbacks;
  };
  // Whom to call when a write is done: the one callback of a chunk, or those of a batch.
  struct SharedCallback;
  struct Completion {
    Callback one;
    Ref<Batch> batch;
    explicit operator bool() const noexcept { return one || batch; }
    void operator()(const Error& error);
  };

  bool full() const noexcept {
    return length_ >= static_cast<std::ptrdiff_t>(settings_.high_water_mark);
  }
  void begin(std::size_t length) noexcept {
    in_flight_length_ = length;
    writing_ = true;
    in_sink_call_ = true;
  }
  void settle() noexcept {
    writing_ = false;
    length_ -= static_cast<std::ptrdiff_t>(in_flight_length_);
  }
  void enqueue_gathered(std::size_t length, Callback&& callback);
  void complete_write();
  void hand_on();
  void hand_on_all();
  void hand_on_next();
  void flush_on_tick();
  void after_write(Completion& completion);
  void after_failed_write(const Error& error, Completion& completion);
  void fail_pending();

  bool ready_to_finish() const noexcept;
  enum class Finishing : bool { now, later };
  void maybe_finish(Finishing finishing);
  void prefinish();
  void finish();
  void call_end_callbacks(const Error& error);

  template <class Event>
  void emit();

  Stream& stream_;
  StreamCore& core_;
  ChunkQueue& chunks_;
  Settings settings_;

  // Accepted and not completed, what is in flight included. Below zero where Node counts a failed
  // write off twice; see fail_pending.
  std::ptrdiff_t length_ = 0;
  std::size_t in_flight_length_ = 0;  // of that, what the sink is at
  Completion in_flight_;
  Ring<Pending> pending_;
  // Queued as well, but without an entry of its own: nobody is called back.
  std::size_t gathered_ = 0;
  std::size_t failed_ = 0;  // of the pending ones, called back; see fail_pending
  std::vector<Callback> end_callbacks_;
  std::size_t corked_ = 0;
  // Writes and steps of the ending whose callbacks are due. It may go below zero for a moment: a
  // sink that calls final's Done twice takes one too many.
  std::ptrdiff_t pending_callbacks_ = 0;

  Error late_write_;

  Phase phase_ = Phase::open;
  bool end_announced_ = false;
  bool end_returned_ = false;
  bool writing_ = false;
  bool in_sink_call_ = false;  // what is done now is done synchronously: callbacks wait for a tick
  // The write under way came straight to the sink, and nothing else has happened since: nobody is
  // to be called back, nothing is queued behind it, no Drain is owed.
  bool simple_ = false;
  bool handing_on_ = false;
  bool need_drain_ = false;
  bool outlives_refusals_ = false;
  bool quiet_tick_due_ = false;  // a tick for writes that have no callback of their own
  bool flush_due_ = false;
};

}  // namespace weir::internal
