// weir/stream/internal/read_side.h - the readable half of a stream: buffer, flow, read-ahead, end.
//
// Node's lib/internal/streams/readable.js, for chunks of any type: the typed stream stores the
// chunks, ReadSide their total length and the order of events.
//
//   phase     the source                      on
//   open      may push more                   push(null)                         -> ended
//                                             the same in its read, unheard      -> unheard
//   unheard   has ended                       a read, a ReadableEvent listener   -> ended
//   ended     has ended                       all is read, then a tick           -> finished
//   finished  End was emitted
//
//   notice    ReadableEvent                   on
//   unneeded  no reader waits for it          a reader finds too little          -> needed
//   needed    comes with the next chunk       a chunk, or the end                -> due
//   due       comes on a tick                 is emitted, or a read              -> unneeded
//                                             a reader finds too little          -> again
//   again     comes on a tick, and once more  is emitted, or a read              -> needed
//
//   flowing   delivery of chunks
//   undecided not chosen yet                  on<Data>, resume, pipe             -> yes
//   yes       Data is emitted as they come    pause, on<ReadableEvent>           -> no
//   no        read()                          resume                             -> yes
//
//   parking   the next chunk of a flow        on
//   off       is queued                       flow_one has the source read         -> free
//   free      will be parked                  the source pushes bytes in its read  -> taken
//   taken     is parked: alone in the buffer  it flows, or another push or a read  -> off
//
// The source has at most one read under way (CallState), which ends with the next push.
#pragma once

#include <weir/base/ref.h>
#include <weir/event/listener_table.h>
#include <weir/stream/internal/call_state.h>
#include <weir/stream/internal/due_ticks.h>
#include <weir/stream/internal/pipe_ends.h>
#include <weir/stream/internal/stopwatch.h>
#include <weir/stream/internal/stream_core.h>
#include <weir/stream/metrics.h>
#include <weir/stream/stream.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace weir::internal {

// The functions of the typed stream that the machine calls.
class ChunkSource {
 public:
  virtual void call_read(std::size_t size) = 0;          // makes the source read
  virtual bool read_and_drop() = 0;                      // read(): true if there was a chunk
  virtual std::size_t next_length() const noexcept = 0;  // of the chunk that read() takes
  virtual std::size_t chunk_count() const noexcept = 0;
  virtual bool decodes() const noexcept = 0;
  // Takes the only chunk, makes the source read the next one (read_next), and emits the first.
  // Returns false if the source threw.
  virtual bool flow_one() = 0;
  virtual void drop_all() noexcept = 0;

 protected:
  ~ChunkSource() = default;
};

class ReadSide final : private ListenerObserver {
 public:
  struct Settings {
    std::size_t high_water_mark;
    bool object_mode;
    bool enabled = true;            // false for a Duplex that is only writable
    bool allows_half_open = true;   // if false, the end of this half ends the writable half
    bool source_is_called = false;  // emit pushes at once even before the first read
    const EventKey* data_event;
  };

  ReadSide(Stream& stream, StreamCore& core, ChunkSource& chunks, Settings settings);
  ReadSide(const ReadSide&) = delete;
  ReadSide& operator=(const ReadSide&) = delete;
  ~ReadSide() { core_.ticks().count_read(pushed_); }

  // --- The parts of a push: admits, count, then pass_on + emit or queued, then pushed. ---

  // True if a chunk is accepted now; a chunk after the end fails the stream.
  bool admits();
  void end_request() noexcept {
    source_.answer();
    if (starvation_.is_running()) [[unlikely]]
      end_starvation();
  }
  void count(std::size_t length) noexcept {
    pushed_ += length;
    ++pushed_chunks_;
  }
  // True if the Data listeners get a chunk at once: the stream flows and its buffer is empty.
  bool passes_through() const noexcept {
    return flowing_ == Choice::yes && !source_.is_on_stack() && data_listening_ && length_ == 0;
  }
  void pass_on() noexcept {
    pipes_.await_none();
    data_emitted_ = true;
  }
  void queued(std::size_t length);
  // Parking a chunk replaces queued and pushed: it emits no event and does not read ahead. Any
  // other push queues the parked chunk first (unpark).
  bool may_park() const noexcept { return parking_ == Parking::free; }
  bool is_parking() const noexcept { return parking_ != Parking::off; }
  // Returns the result of push().
  bool park(std::size_t length) noexcept {
    parking_ = Parking::taken;
    source_.answer();
    count(length);
    length_ = length;
    return length < settings_.high_water_mark;
  }
  void unpark();
  // Returns the result of push().
  bool pushed() {
    read_more_on_tick();
    return room();
  }
  bool room() const noexcept {
    return phase_ == Phase::open && (length_ < settings_.high_water_mark || length_ == 0);
  }
  // For unshift. Returns true if the chunk may be put back.
  bool admits_unshift();
  // The end: `tail` is the length of the data that was queued with it.
  bool begin_end() const noexcept { return phase_ == Phase::open; }
  void end(std::size_t tail);

  // --- The parts of a read: begin_read, take, end_read, emit if may_emit. ---

  static constexpr std::ptrdiff_t kAll = -1;
  static std::ptrdiff_t sized(std::size_t size) noexcept {
    constexpr std::size_t kMost = std::size_t{1} << 62;
    return static_cast<std::ptrdiff_t>(size < kMost ? size : kMost);
  }
  // The amount to take; `size` is the reader's. Empty: read() returns null at once.
  std::optional<std::size_t> begin_read(std::ptrdiff_t size);
  // `taken` is `size`, or less if there was less; 0 for no chunk.
  void end_read(std::ptrdiff_t size, std::size_t taken);
  // For flow_one: makes the source read after the only chunk was taken. Returns false if it threw.
  bool read_next();
  bool may_emit() const noexcept { return !core_.error_emitted() && !core_.close_emitted(); }
  void emitting() noexcept { data_emitted_ = true; }

  // --- Other functions for the reader. ---

  void resume();
  void pause();
  void stop_flowing() noexcept { flowing_ = paused_ = Choice::undecided; }
  // If on, the source is read ahead of the readers, up to the mark; this is the default. Call it
  // before any data has come.
  // Node: readingMore, as an IncomingMessage sets it.
  void read_ahead(bool on) noexcept {
    if (on)
      due_.remove(Tick::read_more);
    else
      due_.add(Tick::read_more);
  }
  bool is_paused() const noexcept { return paused_ == Choice::yes || flowing_ == Choice::no; }
  // Sets the buffer's length after it was decoded again.
  void relength(std::size_t length) noexcept { length_ = length; }

  // --- Pipes. ---

  PipeEnds& pipes() noexcept { return pipes_; }
  const PipeEnds& pipes() const noexcept { return pipes_; }
  // The destination if one pipe is the only way of a chunk; else null.
  Stream* only_destination() const noexcept {
    return pipes_.only(stream_.listeners(), settings_.data_event);
  }
  // True if a listener could count the chunks of a pipe.
  bool counts_chunks(const Stream& destination) const;
  // The destination has drained: the stream flows again if no other pipe waits.
  void on_drain(const Stream& destination);

  // --- Calls from the layers below. ---

  void on_constructed();
  void before_destroy() noexcept { end_starvation(); }
  // The queue is closed: drops the pipes, and the chunks, which may keep a file open.
  void abandon() noexcept;

  // --- Properties. ---

  enum class Choice : std::uint8_t { undecided, no, yes };

  const EventKey* data_event() const noexcept { return settings_.data_event; }
  bool enabled() const noexcept { return settings_.enabled; }
  bool readable() const noexcept {
    return settings_.enabled && !core_.destroyed() && !core_.error_emitted() && !finished();
  }
  std::size_t length() const noexcept { return length_; }
  std::size_t high_water_mark() const noexcept { return settings_.high_water_mark; }
  bool object_mode() const noexcept { return settings_.object_mode; }
  Choice flowing() const noexcept { return flowing_; }
  bool ended() const noexcept { return phase_ != Phase::open; }
  bool finished() const noexcept { return phase_ == Phase::finished; }
  bool did_read() const noexcept { return data_emitted_; }
  ReadMetrics metrics() const noexcept;
  // What the reader, or the source, waits for; null if nothing.
  const char* obstacle() const noexcept;

  bool aborted() const noexcept {
    return settings_.enabled && (core_.destroyed() || core_.errored()) && !finished();
  }

 private:
  enum class Phase : std::uint8_t { open, unheard, ended, finished };
  enum class Notice : std::uint8_t { unneeded, needed, due, again };
  enum class Parking : std::uint8_t { off, free, taken };
  enum class Tick : std::uint8_t { read_more, resume, end };

  bool needs_notice() const noexcept {
    return notice_ == Notice::needed || notice_ == Notice::again;
  }
  void need_notice() noexcept { notice_ = notice_ < Notice::due ? Notice::needed : Notice::again; }
  // Ends a due notice.
  void end_notice() noexcept { notice_ = needs_notice() ? Notice::needed : Notice::unneeded; }

  // True if a reader waits, and the buffer and the source have nothing for it.
  bool is_starved() const noexcept {
    return length_ == 0 && phase_ == Phase::open && source_.awaits_answer() &&
           (flowing_ == Choice::yes || readable_listening_) && !core_.destroyed() &&
           !core_.errored();
  }
  void look_for_starvation() noexcept {
    if (is_starved() != starvation_.is_running()) change_starvation();
  }
  void change_starvation() noexcept;
  void end_starvation() noexcept {
    if (starvation_.is_running()) starvation_.stop(core_.ticks().turn_time());
  }
  void note_peak() noexcept {
    if (length_ > peak_) [[unlikely]]
      peak_ = length_;
  }

  std::size_t how_much(std::ptrdiff_t size) const noexcept;
  void flow();
  bool flows_singly() const noexcept;
  void resume_on_tick();
  void resume_now();
  void read_more_on_tick();
  void read_more();
  void read_nothing();
  void emit_readable_on_tick();
  void emit_readable();
  void flow_or_notice();
  void end_on_tick();
  void finish();
  void conclude();
  void look_for_readable_listeners();
  bool hears_readable() const;

  void on_listener_added(const EventKey* event) override;
  void on_listener_removed(const EventKey* event) override;

  template <class Event>
  void emit();

  Stream& stream_;
  StreamCore& core_;
  ChunkSource& chunks_;
  Settings settings_;
  std::size_t length_ = 0;

  // For metrics().
  std::size_t peak_ = 0;
  std::uint64_t pushed_ = 0;
  std::uint64_t pushed_chunks_ = 0;
  Stopwatch starvation_;

  Phase phase_ = Phase::open;
  Choice flowing_ = Choice::undecided;
  Choice paused_ = Choice::undecided;  // by the user, with pause() or resume()
  Parking parking_ = Parking::off;
  Notice notice_ = Notice::unneeded;
  CallState source_;
  DueTicks<Tick> due_;
  bool readable_listening_ = false;
  bool data_listening_ = false;
  bool data_emitted_ = false;

  PipeEnds pipes_;
};

}  // namespace weir::internal
