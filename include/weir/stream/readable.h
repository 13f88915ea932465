// weir/stream/readable.h - a readable stream of bytes: Node's Readable.
//
//   stream->on<Data>([](const Data& data) { use(data.chunk.bytes()); });    // flowing
//   stream->on<End>([] { fmt::print("that was all\n"); });
//
//   stream->on<ReadableEvent>([&] {                                         // paused: call read
//     while (auto chunk = stream->read()) use(chunk->bytes());
//   });
//
//   stream->pipe(destination);                                              // piped
//
// - A Data listener, resume() or pipe() starts the flow, on a later tick. A ReadableEvent listener
//   stops the automatic flow.
// - After an error or a destroy, neither Data nor End follows.
// - Use a stream only on the thread of its loop. stream.h describes its lifetime, source.h its
//   source.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/owned.h>
#include <weir/base/string_decoder.h>
#include <weir/stream/basic_readable.h>
#include <weir/stream/internal/iteration.h>
#include <weir/stream/internal/range_source.h>

#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace weir {

using Data = DataOf<Chunk>;

class Readable : public BasicReadable<Chunk> {
 public:
  // A stream from a source of your own class, or from functions. `ticks` is usually a Loop.
  // REQUIRES: ticks outlives the stream.
  // OWNS: source.
  // ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
  template <std::derived_from<Source> S>
  static Ref<Readable> make(TickQueue& ticks, std::unique_ptr<S> source,
                            const ReadableOptions& options = {}) {
    return make(ticks, std::move(source), internal::source_constructs<Chunk, S>(), options);
  }
  static Ref<Readable> make(TickQueue& ticks, SourceFunctions<Chunk> functions,
                            const ReadableOptions& options = {});
  // For a source whose class is known only at run time.
  static Ref<Readable> make(TickQueue& ticks, std::unique_ptr<Source> source, bool constructs,
                            const ReadableOptions& options = {});

  // A stream of one chunk. Text and contiguous bytes (bytes.h) are copied.
  // Node counterpart: Readable.from, with objectMode off.
  static Ref<Readable> from(TickQueue& ticks, Buffer bytes, const ReadableOptions& options = {});
  static Ref<Readable> from(TickQueue& ticks, std::string_view text,
                            const ReadableOptions& options = {}) {
    return from(ticks, Buffer::copy(text), options);
  }
  static Ref<Readable> from(TickQueue& ticks, ByteSpan bytes, const ReadableOptions& options = {}) {
    return from(ticks, Buffer::copy(bytes), options);
  }
  // Reads the elements of a C++ range of buffers or texts on demand.
  // OWNS: the range, unless it is an lvalue, which must outlive the stream.
  // ERRORS: an Error event with the exception of the range.
  template <internal::Streamable R>
    requires(std::convertible_to<internal::ElementOf<R>, Buffer> ||
             std::convertible_to<internal::ElementOf<R>, std::string_view>)
  static Ref<Readable> from(TickQueue& ticks, R&& range, ReadableOptions options = {}) {
    if (!options.high_water_mark) options.high_water_mark = 1;
    return make(ticks, std::make_unique<internal::RangeSource<Chunk, R>>(std::forward<R>(range)),
                options);
  }

  // --- For the source. ---

  // Adds a chunk to the buffer; nullptr ends the data. Returns false if the buffer has reached its
  // mark or the stream is over: push again when read is called. A chunk without bytes only ends the
  // source's read. Text and contiguous bytes (bytes.h) are copied.
  // CALLS BACK: Data at once if the stream flows and this is not called by the source's read.
  // ERRORS: an Error event: ERR_STREAM_PUSH_AFTER_EOF.
  // Node counterpart: push.
  bool push(std::nullptr_t);
  bool push(Buffer chunk);
  bool push(std::string_view text) { return push(text, default_encoding_); }
  bool push(std::string_view text, EncodingName encoding);
  bool push(ByteSpan bytes) { return push(Buffer::copy(bytes)); }
  bool push(Chunk chunk) {
    if (chunk.encoding != Encoding::buffer) return push(chunk.text());
    return push(static_cast<Buffer&&>(chunk));
  }

  // Inserts a chunk at the front of the buffer.
  // ERRORS: an Error event: ERR_STREAM_UNSHIFT_AFTER_END_EVENT.
  // Node counterpart: unshift.
  bool unshift(Buffer chunk);
  bool unshift(std::string_view text) { return unshift(text, default_encoding_); }
  bool unshift(std::string_view text, EncodingName encoding);
  bool unshift(ByteSpan bytes) { return unshift(Buffer::copy(bytes)); }

  // --- For the reader. ---

  // Returns the next chunk, as it was pushed; with an encoding, all buffered text. With `size`:
  // exactly this amount (bytes; characters with an encoding), or the rest at the end. Empty if
  // there is not enough data yet; ReadableEvent announces more. A `size` above the mark raises the
  // mark.
  // CALLS BACK: the source; Data with the result.
  // ERRORS: throws ERR_OUT_OF_RANGE for more than 1 GiB.
  // Node counterpart: read.
  std::optional<Chunk> read();
  std::optional<Chunk> read(std::size_t size);

  // Later chunks are text in this encoding; a character that is split between chunks of the source
  // is joined. Buffered data is decoded too.
  // ERRORS: throws ERR_UNKNOWN_ENCODING.
  // Node counterpart: setEncoding.
  Readable& set_encoding(EncodingName encoding);
  // The buffered chunks. Node counterpart: readableBuffer.
  const Ring<Chunk>& readable_buffer() {
    fetch_all();
    return queue();
  }
  // Empty if chunks are bytes.
  std::optional<Encoding> readable_encoding() const noexcept;

 protected:
  // For make_stream.
  Readable(Source& source, const ReadableOptions& options)
      : Readable(source, settings_of(internal::ticks_of(source), options), options) {}
  Readable(Source& source, const internal::ReadSide::Settings& settings,
           const ReadableOptions& options);

 private:
  std::optional<Chunk> read_bytes(std::ptrdiff_t size);
  bool push_text(std::string text);
  bool put_back(Chunk chunk);
  Chunk take_length(std::size_t length);
  void fetch_all();
  bool read_and_drop() final;
  bool flow_one() final;
  bool decodes() const noexcept final { return static_cast<bool>(decoder_); }
  std::size_t next_length() const noexcept final;
  std::size_t first_length() const noexcept;

  Encoding default_encoding_;  // of pushed text
  Owned<StringDecoder> decoder_;
};

}  // namespace weir
