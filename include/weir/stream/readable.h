// weir/stream/readable.h - a stream that bytes are read from: Node's Readable.
//
//   stream->on<Data>([](const Data& data) { use(data.chunk.bytes()); });    // flowing
//   stream->on<End>([] { fmt::print("that was all\n"); });
//
//   stream->on<ReadableEvent>([&] {                                         // or paused: you ask
//     while (auto chunk = stream->read()) use(chunk->bytes());
//   });
//
//   stream->pipe(destination);                                              // or into another
//   stream
//
// Data flows once somebody listens to it, resumes the stream or pipes it; never inside the call
// that asks for it. Where a listener of ReadableEvent is, nothing flows by itself. After an error
// or a destroy neither Data nor End comes any more.
// Use it on the thread of its loop only; see stream.h for how it lives, source.h for what is below.
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
  // A stream from a source of your own class, or of functions. `ticks` is a Loop, usually.
  // REQUIRES: ticks outlives the stream.  OWNS: source.
  // ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
  template <std::derived_from<Source> S>
  static Ref<Readable> make(TickQueue& ticks, std::unique_ptr<S> source,
                            const ReadableOptions& options = {}) {
    return make(ticks, std::move(source), internal::source_constructs<Chunk, S>(), options);
  }
  static Ref<Readable> make(TickQueue& ticks, SourceFunctions<Chunk> functions,
                            const ReadableOptions& options = {});
  // For a source whose class is not known here.
  static Ref<Readable> make(TickQueue& ticks, std::unique_ptr<Source> source, bool constructs,
                            const ReadableOptions& options = {});

  // One chunk; a text is copied, and so are bytes in a range. Node counterpart: Readable.from, with
  // objectMode off.
  static Ref<Readable> from(TickQueue& ticks, Buffer bytes, const ReadableOptions& options = {});
  static Ref<Readable> from(TickQueue& ticks, std::string_view text,
                            const ReadableOptions& options = {}) {
    return from(ticks, Buffer::copy(text), options);
  }
  static Ref<Readable> from(TickQueue& ticks, ByteSpan bytes, const ReadableOptions& options = {}) {
    return from(ticks, Buffer::copy(bytes), options);
  }
  // The chunks of a range of buffers or texts, each read when it is wanted. OWNS: the range, where
  // it is not an lvalue (which must outlive the stream). ERRORS: as Error, what the range throws.
  template <internal::Streamable R>
    requires(std::convertible_to<internal::ElementOf<R>, Buffer> ||
             std::convertible_to<internal::ElementOf<R>, std::string_view>)
  static Ref<Readable> from(TickQueue& ticks, R&& range, ReadableOptions options = {}) {
    if (!options.high_water_mark) options.high_water_mark = 1;
    return make(ticks, std::make_unique<internal::RangeSource<Chunk, R>>(std::forward<R>(range)),
                options);
  }

  // --- For the source. ---

  // Adds a chunk to what is to be read; nullptr: nothing more will come. False: the buffer is at
  // its mark, or the stream is over; push on when read is called again. No bytes only end the
  // source's read. A text is copied, and so are bytes in a range (see bytes.h).
  // CALLS BACK: Data at once where the stream flows and this is not inside the source's read.
  // ERRORS: as Error: ERR_STREAM_PUSH_AFTER_EOF. Node counterpart: push.
  bool push(std::nullptr_t);
  bool push(Buffer chunk);
  bool push(std::string_view text) { return push(text, default_encoding_); }
  bool push(std::string_view text, EncodingName encoding);
  bool push(ByteSpan bytes) { return push(Buffer::copy(bytes)); }
  bool push(Chunk chunk) {
    if (chunk.encoding != Encoding::buffer) return push(chunk.text());
    return push(static_cast<Buffer&&>(chunk));
  }

  // Puts a chunk back in front of what is to be read.
  // ERRORS: as Error: ERR_STREAM_UNSHIFT_AFTER_END_EVENT. Node counterpart: unshift.
  bool unshift(Buffer chunk);
  bool unshift(std::string_view text) { return unshift(text, default_encoding_); }
  bool unshift(std::string_view text, EncodingName encoding);
  bool unshift(ByteSpan bytes) { return unshift(Buffer::copy(bytes)); }

  // --- For the reader. ---

  // The next chunk, as it was pushed; with an encoding, all text that is buffered. Or exactly
  // `size` of what is buffered (bytes; characters with an encoding), or what is left at the end.
  // Nothing: there is not that much yet, and ReadableEvent tells when to try again. A `size` above
  // the mark raises that. CALLS BACK: the source; Data with what is returned. ERRORS: throws
  // ERR_OUT_OF_RANGE for more than 1 GiB. Node counterpart: read.
  std::optional<Chunk> read();
  std::optional<Chunk> read(std::size_t size);

  // From now on chunks are text of this encoding, and a character that is split between two of the
  // source's chunks comes whole. What is buffered already is decoded too.
  // ERRORS: throws ERR_UNKNOWN_ENCODING. Node counterpart: setEncoding.
  Readable& set_encoding(EncodingName encoding);
  // What is buffered. Node counterpart: readableBuffer.
  const Ring<Chunk>& readable_buffer() {
    fetch_all();
    return queue();
  }
  // Nothing where chunks are bytes.
  std::optional<Encoding> readable_encoding() const noexcept;

 protected:
  // As BasicReadable; whoever makes the stream calls begin once it is constructed.
  Readable(Source& source, const internal::ReadSide::Settings& settings,
           const ReadableOptions& options);

 private:
  Readable(TickQueue& ticks, std::unique_ptr<Resource> owner, Source& source,
           const ReadableOptions& options);

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

  Encoding default_encoding_;  // of text that is pushed
  Owned<StringDecoder> decoder_;
};

}  // namespace weir
