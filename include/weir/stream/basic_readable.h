// weir/stream/basic_readable.h - BasicReadable: the base class of Readable and ObjectReadable<T>.
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

// Node's constructor options. Each default is Node's, except the high-water mark: the loop's, see
// Loop::set_default_high_water_mark.
struct ReadableOptions {
  // The number of bytes (objects) to read ahead. 0: none. Negative: throws ERR_INVALID_ARG_VALUE.
  // Empty: the loop's default.
  std::optional<std::int64_t> high_water_mark = {};
  // Decode the bytes into text; see set_encoding.
  std::optional<EncodingName> encoding = {};
  EncodingName default_encoding = Encoding::utf8;  // of text that is pushed without an encoding
  // A stop calls destroy(ABORT_ERR). It may come from any thread.
  std::stop_token signal = {};
  bool emit_close = true;
  // Destroy the stream after End and after an error.
  bool auto_destroy = true;
};

// The state of the flow: Node's null, false and true. As a condition it is true only while data
// flows. It compares with a bool, and with std::nullopt before any decision.
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
  bool end = true;  // end the destination after this stream's End
};

// The readable half of every readable stream, for chunks of any type.
class ReadableBase : public virtual Stream, private internal::ChunkSource {
 public:
  // Starts the flow. Without a Data listener, the chunks are dropped.
  // CALLS BACK: Resume on a later tick, then Data.
  // Node counterpart: resume.
  ReadableBase& resume() {
    WEIR_STREAM_ENTRY("resume");
    side_.resume();
    return *this;
  }
  // Stops the flow. The stream buffers up to its mark.
  // CALLS BACK: Pause, at once.
  // Node counterpart: pause.
  ReadableBase& pause() {
    WEIR_STREAM_ENTRY("pause");
    const Pin alive(*this);
    side_.pause();
    return *this;
  }
  bool is_paused() const noexcept { return side_.is_paused(); }
  // Returns to the initial state of the flow, so that a new reader receives all data.
  // Node counterpart: _readableState.flowing = null.
  void stop_flowing() noexcept {
    WEIR_STREAM_ENTRY("stop_flowing");
    side_.stop_flowing();
  }

  // Removes the pipe to this destination, or all pipes. After the last one, the stream is paused.
  // CALLS BACK: Pause on this stream, Unpipe on the destination, at once.
  // Node counterpart: unpipe.
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
  // The amount of buffered data in bytes (objects; characters with an encoding).
  std::size_t readable_length() const noexcept { return side_.length(); }
  std::size_t readable_high_water_mark() const noexcept { return side_.high_water_mark(); }
  // Empty before the first request for data.
  Flowing readable_flowing() const noexcept {
    if (side_.flowing() == internal::ReadSide::Choice::undecided) return {std::nullopt};
    return {side_.flowing() == internal::ReadSide::Choice::yes};
  }
  bool readable_ended() const noexcept { return side_.finished(); }  // just before End
  // True if the stream was destroyed or failed before End.
  bool readable_aborted() const noexcept { return side_.aborted(); }
  bool readable_did_read() const noexcept { return side_.did_read(); }
  // True if a part of the data has been read, or the stream was aborted: a new reader does not get
  // all data.
  // Node: stream.isDisturbed.
  bool readable_disturbed() const noexcept { return side_.did_read() || side_.aborted(); }
  bool readable_object_mode() const noexcept { return side_.object_mode(); }

 protected:
  void* find_class(const internal::ClassKey* key) noexcept override {
    return key == &internal::kClassKey<ReadableBase> ? this : Stream::find_class(key);
  }

  // REQUIRES: the shared Stream was created with the same options.
  explicit ReadableBase(const internal::ReadSide::Settings& settings);

  // True if the destination accepts file ranges now.
  static bool takes_ranges(Stream& destination);

  internal::ReadSide& side() noexcept { return side_; }
  const internal::ReadSide& side() const noexcept { return side_; }

 private:
  internal::ReadSide side_;
};

// A readable stream of chunks of type C: a buffer between the source and the reader.
template <class C>
class BasicReadable
    : public internal::ReturnsSelf<ReadableOf<C>, ReadableBase>,
      public Operators<C>,
      public Listenable<ReadableOf<C>, DataOf<C>, ReadableEvent, End, Pause, Resume, Error, Close> {
 public:
  using Functions = SourceFunctions<C>;
  using Data = DataOf<C>;

  // Writes every chunk to `destination`. A write() that returns false pauses this stream until
  // Drain. After End, the destination is ended (see PipeOptions). This stream owns the destination
  // while the pipe exists, and does not forward its own errors; pipeline does. Returns the
  // destination: source->pipe(filter)->pipe(sink).
  // CALLS BACK: Pipe on the destination, at once.
  // Node counterpart: pipe.
  template <std::derived_from<WritableOf<C>> Destination>
  Ref<Destination> pipe(Ref<Destination> destination, const PipeOptions& options = {}) {
    // The destination's Ref, which this stream holds for the pipe, keeps it alive.
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

  // The buffered chunks. Node counterpart: readableBuffer.
  const Ring<C>& readable_buffer() const noexcept { return queue_; }

 protected:
  using ReadableBase::side;

  // REQUIRES: the source is the stream's resource, or a part of it.
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

  // Reads the bytes of a chunk that is not in memory yet.
  static void fetch(Chunk& chunk) {
    static_cast<Buffer&>(chunk) = chunk.external_bytes().fetch(chunk.size());
  }

  enum class Place : bool { back, front };

  // Passes an admitted chunk to the listeners, or buffers it. Returns the result of push().
  bool add(C chunk, std::size_t length, Place place) {
    WEIR_STREAM_ENTRY(place == Place::back ? "push" : "unshift");
    const Pin alive(*this);
    if (place == Place::back) side().count(length);
    if (side().passes_through()) {
      side().pass_on();
      try {
        emit_data(chunk);
      } catch (...) {
        side().pushed();  // a listener that throws does not end the reading
        throw;
      }
    } else {
      if (place == Place::back)
        queue_.push_back(std::move(chunk));
      else
        queue_.push_front(std::move(chunk));
      side().queued(length);
    }
    return side().pushed();
  }

  // Implements read(): `take` receives the amount that begin_read returned, and returns the chunk.
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
      if (chunk.is_external() && !side().only_destination()) fetch(chunk);
    const Data event{chunk};
    this->listeners().emit(&internal::kEventKey<Data>, &event);
  }

 private:
  // Shares the chunk with the other listeners if possible.
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
