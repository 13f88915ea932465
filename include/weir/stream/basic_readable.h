// weir/stream/basic_readable.h - what Readable and ObjectReadable<T> share.
#pragma once

#include <weir/base/encoding.h>
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/base/ring.h>
#include <weir/event/emitter.h>
#include <weir/stream/derived_stream.h>
#include <weir/stream/events.h>
#include <weir/stream/internal/high_water_mark.h>
#include <weir/stream/internal/pipe_link.h>
#include <weir/stream/internal/read_side.h>
#include <weir/stream/operators.h>
#include <weir/stream/source.h>
#include <weir/stream/stream.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace weir {

// Node's constructor options. Each default is Node's.
struct ReadableOptions {
  // How many bytes (objects) are read ahead. 0: none. Negative: throws ERR_INVALID_ARG_VALUE.
  // None: the loop's (Loop::set_default_high_water_mark).
  std::optional<std::int64_t> high_water_mark = {};
  // Decode the bytes into text of this encoding; see set_encoding.
  std::optional<EncodingName> encoding = {};
  EncodingName default_encoding = Encoding::utf8;  // of text that is pushed without one
  // When stopped: destroy(ABORT_ERR). May be stopped from any thread.
  std::stop_token signal = {};
  bool emit_close = true;
  // Destroy the stream after End and after an error.
  bool auto_destroy = true;
};

// Whether data flows: Node's null, false and true. As a condition it is Node's as well, true only
// where data flows. It compares with a bool, and with std::nullopt where nobody has decided yet.
class Flowing {
 public:
  constexpr Flowing(std::optional<bool> decided) noexcept : decided_(decided) {}  // NOLINT
  constexpr explicit operator bool() const noexcept { return decided_ == true; }
  friend constexpr bool operator==(Flowing a, Flowing b) noexcept = default;
  friend constexpr bool operator==(Flowing flowing, bool decided) noexcept {
    return flowing.decided_ == decided;
  }
  friend constexpr bool operator==(Flowing flowing, std::nullopt_t) noexcept {
    return !flowing.decided_;
  }

 private:
  std::optional<bool> decided_;
};

struct PipeOptions {
  bool end = true;  // end the destination when this stream has ended
};

// The readable half of every stream that has one, whatever its chunks are.
class ReadableBase : public virtual Stream, private internal::ChunkSource {
 public:
  // Has Data flow; without anybody who listens to it, the chunks are dropped.
  // CALLS BACK: on a later tick Resume, then Data. Node counterpart: resume.
  ReadableBase& resume() {
    WEIR_STREAM_ENTRY("resume");
    side_.resume();
    return *this;
  }
  // Stops the flow; what comes is buffered up to the mark.
  // CALLS BACK: Pause, at once. Node counterpart: pause.
  ReadableBase& pause() {
    WEIR_STREAM_ENTRY("pause");
    const Pin alive(*this);
    side_.pause();
    return *this;
  }
  bool is_paused() const noexcept { return side_.is_paused(); }
  // As if nobody had asked for data yet: for who hands the stream on, so that nothing is lost until
  // its new reader asks. Node counterpart: _readableState.flowing = null.
  void stop_flowing() noexcept {
    WEIR_STREAM_ENTRY("stop_flowing");
    side_.stop_flowing();
  }

  // Ends the pipe to that stream; or all pipes. Without any left, this stream is paused.
  // CALLS BACK: Pause on this, Unpipe on the destination, at once. Node counterpart: unpipe.
  ReadableBase& unpipe(Stream& destination) {
    WEIR_STREAM_ENTRY("unpipe");
    internal::unpipe(*this, side_, destination);
    return *this;
  }
  ReadableBase& unpipe() {
    WEIR_STREAM_ENTRY("unpipe");
    internal::unpipe_all(*this, side_);
    return *this;
  }

  // False after End, destroy or an Error.
  bool readable() const noexcept { return side_.readable(); }
  // What is buffered, in bytes (objects; characters with an encoding).
  std::size_t readable_length() const noexcept { return side_.length(); }
  std::size_t readable_high_water_mark() const noexcept { return side_.high_water_mark(); }
  // Nothing while nobody has asked for data in any way.
  Flowing readable_flowing() const noexcept {
    if (side_.flowing() == internal::ReadSide::Choice::undecided) return {std::nullopt};
    return {side_.flowing() == internal::ReadSide::Choice::yes};
  }
  bool readable_ended() const noexcept { return side_.finished(); }  // just before End
  // Destroyed or failed before End.
  bool readable_aborted() const noexcept { return side_.aborted(); }
  bool readable_did_read() const noexcept { return side_.did_read(); }
  // Read from, or given up before End: who comes now does not get all. Node: stream.isDisturbed.
  bool readable_disturbed() const noexcept { return side_.did_read() || side_.aborted(); }
  bool readable_object_mode() const noexcept { return side_.object_mode(); }

 protected:
  // REQUIRES: the Stream that this shares was made with the same options.
  explicit ReadableBase(const internal::ReadSide::Settings& settings);

  // Whether a destination may be given ranges of files now.
  static bool takes_ranges(Stream& destination);

  internal::ReadSide& side() noexcept { return side_; }
  const internal::ReadSide& side() const noexcept { return side_; }

 private:
  internal::ReadSide side_;
};

// A readable stream of chunks of type C: the buffer, and the source at its beginning.
template <class C>
class BasicReadable
    : public internal::ReturnsSelf<ReadableOf<C>, ReadableBase>,
      public Operators<C>,
      public Listenable<ReadableOf<C>, DataOf<C>, ReadableEvent, End, Pause, Resume, Error, Close> {
 public:
  using Functions = SourceFunctions<C>;
  using Data = DataOf<C>;

  // Has every chunk written to `destination`, at its pace: a write() that answers false pauses
  // this stream until Drain. The destination is ended after End (see PipeOptions) and lives as
  // long as it is piped to; an error of this stream does not reach it, use pipeline for that.
  // Returns the destination: source->pipe(filter)->pipe(sink).
  // CALLS BACK: Pipe on the destination, at once. Node counterpart: pipe.
  template <std::derived_from<WritableOf<C>> Destination>
  Ref<Destination> pipe(Ref<Destination> destination, const PipeOptions& options = {}) {
    // Lives in the destination's Ref that this stream holds for the pipe.
    WritableOf<C>* const writable = destination.get();
    internal::pipe(*this, side(), destination, options.end, [writable](const void* event) {
      return write_to(*writable, static_cast<const Data*>(event)->chunk);
    });
    return destination;
  }

  template <std::derived_from<WritableOf<C>> Destination>
  Ref<Destination> pipe(Destination& destination, const PipeOptions& options = {}) {
    return pipe(Ref<Destination>(&destination), options);
  }

  // What is buffered. Node counterpart: readableBuffer.
  const Ring<C>& readable_buffer() const noexcept { return queue_; }

 protected:
  using ReadableBase::side;

  // REQUIRES: the source is the stream's resource, or part of it.
  BasicReadable(BasicSource<C>& source, const internal::ReadSide::Settings& settings)
      : BasicReadable::ReturnsSelf(settings), source_(&source) {}

  static internal::ReadSide::Settings settings_of(const TickQueue& ticks,
                                                  const ReadableOptions& options) {
    constexpr bool kObjects = !std::same_as<C, Chunk>;
    return {.high_water_mark = internal::checked_mark(ticks, options.high_water_mark,
                                                      "options.high_water_mark", kObjects),
            .object_mode = kObjects,
            .data_event = &internal::kEventKey<Data>};
  }

  // Reads the bytes of a chunk that nobody has read yet.
  static void fetch(Chunk& chunk) {
    static_cast<Buffer&>(chunk) = chunk.place().fetch(chunk.size());
  }

  enum class Place : bool { back, front };

  // A chunk that was admitted goes to who listens, or into the buffer; answers what push() does.
  bool add(C chunk, std::size_t length, Place place) {
    WEIR_STREAM_ENTRY(place == Place::back ? "push" : "unshift");
    const Pin alive(*this);
    if (side().passes_through()) {
      side().pass_on();
      emit_data(chunk);
    } else {
      if (place == Place::back)
        queue_.push_back(std::move(chunk));
      else
        queue_.push_front(std::move(chunk));
      side().queued(length);
    }
    return side().pushed();
  }

  // read(): `take` gets the number that begin_read gave, and returns the chunk.
  template <class Take>
  std::optional<C> read_chunk(std::ptrdiff_t size, Take take) {
    WEIR_STREAM_ENTRY("read");
    const Pin alive(*this);
    const std::optional<std::size_t> count = side().begin_read(size);
    if (!count) return std::nullopt;
    std::optional<C> chunk;
    if (*count > 0) chunk.emplace(take(*count));
    side().end_read(size, *count);
    if (chunk && side().may_emit()) {
      side().emitting();
      emit_data(*chunk);
    }
    return chunk;
  }

  Ring<C>& queue() noexcept { return queue_; }
  const Ring<C>& queue() const noexcept { return queue_; }

 private:
  void call_read(std::size_t size) final {
    source_->read(static_cast<ReadableOf<C>&>(*this), size);
  }

  void drop_all() noexcept final { queue_.clear(); }
  std::size_t chunk_count() const noexcept final { return queue_.size(); }

 protected:
  void emit_data(C& chunk) {
    if constexpr (std::same_as<C, Chunk>)
      if (chunk.is_elsewhere() && !side().only_destination()) fetch(chunk);
    const Data event{chunk};
    this->listeners().emit(&internal::kEventKey<Data>, &event);
  }

 private:
  // Shared with who else listens, where that can be.
  static bool write_to(WritableOf<C>& destination, C& chunk) {
    if constexpr (std::same_as<C, Chunk>) {
      if (chunk.encoding != Encoding::buffer) return destination.write(chunk.text());
      return destination.write(static_cast<const Buffer&>(chunk));
    } else if constexpr (std::copy_constructible<C>) {
      return destination.write(chunk);
    } else {
      return destination.write(std::move(chunk));
    }
  }

  BasicSource<C>* source_;
  Ring<C> queue_;
};

}  // namespace weir
