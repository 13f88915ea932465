// weir/stream/writable.h - a writable stream of bytes: Node's Writable.
//
//   if (!stream->write("hello"))              // accepted, but the buffer is full:
//     stream->once<Drain>([&] { resume(); }); //   wait for Drain before writing more
//   stream->end();                            // Finish when the sink has all data, then Close
//
// - Every accepted write completes exactly once, in order. Two exceptions: the callbacks of pending
//   writes are dropped with the Loop; a write whose sink throws does not complete (sink.h).
// - write() never runs its callback before it returns, and emits at most Prefinish. With an empty
//   queue it calls the sink; a sink that merges small writes (files) is called later.
// - Use a stream only on the thread of its loop. stream.h describes its lifetime.
#pragma once

#include <weir/stream/basic_writable.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace weir {

class Reservation;

class Writable : public BasicWritable<Chunk> {
 public:
  // A stream to a sink of your own class, or to functions. `ticks` is usually a Loop.
  // REQUIRES: ticks outlives the stream.
  // OWNS: sink.
  // ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
  template <std::derived_from<Sink> S>
  static Ref<Writable> make(TickQueue& ticks, std::unique_ptr<S> sink,
                            const WritableOptions& options = {}) {
    return make(ticks, std::move(sink), internal::sink_traits<Chunk, S>(), options);
  }
  static Ref<Writable> make(TickQueue& ticks, SinkFunctions<Chunk> functions,
                            const WritableOptions& options = {});
  // For a sink whose class is known only at run time: `traits` describe its overrides.
  static Ref<Writable> make(TickQueue& ticks, std::unique_ptr<Sink> sink, SinkTraits traits,
                            const WritableOptions& options = {});

  // Queues the chunk after the earlier writes. The chunk is accepted even if the result is false,
  // unless the stream has ended or was destroyed. Returns false if the buffer has reached its mark
  // (or the stream is not writable any more): stop until Drain. Text and contiguous bytes
  // (bytes.h) are copied; a Buffer is shared.
  // CALLS BACK: `callback` once, on a later tick or during the sink's completion, in the order of
  // the writes, with success or with the error.
  // ERRORS: to the callback and as Error: ERR_STREAM_WRITE_AFTER_END; only to the callback:
  // ERR_STREAM_DESTROYED. Throws ERR_UNKNOWN_ENCODING, and exceptions of the sink.
  // Node counterpart: write.
  bool write(std::string_view text, Callback callback = {}) {
    WEIR_STREAM_ENTRY("write");
    if (plain_text_ && !callback && queue().has_room(text.size())) return queue().append(text);
    return write(text, default_encoding_, std::move(callback));
  }
  bool write(std::string_view text, EncodingName encoding, Callback callback = {});
  bool write(ByteSpan bytes, Callback callback = {}) {
    WEIR_STREAM_ENTRY("write");
    if (!callback && queue().has_room(bytes.size())) return queue().append(bytes);
    return write_bytes(bytes, std::move(callback));
  }
  bool write(const Buffer& chunk, Callback callback = {}) {
    WEIR_STREAM_ENTRY("write");
    if (side().idle_for_write()) return hand_over(chunk, chunk.size(), std::move(callback));
    if (merges(chunk)) return append_or_merge(chunk.bytes(), std::move(callback));
    return enqueue(chunk, chunk.size(), std::move(callback));
  }
  bool write(Buffer&& chunk, Callback callback = {}) {
    WEIR_STREAM_ENTRY("write");
    const std::size_t length = chunk.size();
    if (side().idle_for_write()) return hand_over(std::move(chunk), length, std::move(callback));
    if (merges(chunk)) return append_or_merge(chunk.bytes(), std::move(callback));
    return enqueue(std::move(chunk), length, std::move(callback));
  }

  // A string of more than kLargestCopiedText bytes is moved into the stream instead of copied,
  // unless the stream merges writes of its size (files, sockets, HTTP: up to 4 KiB).
  template <std::same_as<std::string> S>
  bool write(S&& text, Callback callback = {}) {
    if (is_moved(text.size()))
      return write(Buffer::adopt(std::forward<S>(text)), std::move(callback));
    return write(std::string_view(text), std::move(callback));
  }
  // Above this size, a move costs less than a copy (docs/performance.md).
  static constexpr std::size_t kLargestCopiedText = 1024;

  // Writes the parts as one batch, as between cork and uncork: with one result, accepted or refused
  // as a whole, and without other writes between them. `callback` is the last part's. Spans are
  // copied, Buffers are shared. CALLS BACK and ERRORS: as write.
  //   const weir::ByteSpan parts[] = {header, payload};
  //   stream->write_all(parts);
  bool write_all(std::span<const ByteSpan> parts, Callback callback = {});
  bool write_all(std::span<const Buffer> parts, Callback callback = {});

  // Returns memory for `size` bytes, in the stream's buffer where it fits, for code that creates
  // bytes in place. Its commit writes them; see reservation.h.
  Reservation reserve(std::size_t size);

  // Writes bytes that `fill` creates directly in the buffer: `fill(begin)` puts at most `most`
  // bytes at `begin` and returns their end. It must not use the stream.
  // REQUIRES: most <= kLargestFill.
  //   stream->write_with(32, [n](char* begin) { return std::to_chars(begin, begin + 32, n).ptr; });
  static constexpr std::size_t kLargestFill = 4096;
  template <std::invocable<char*> Fill>
  bool write_with(std::size_t most, Fill fill) {
    WEIR_STREAM_ENTRY("write_with");
    if (queue().has_room(most)) [[likely]] {
      char* const begin = queue().cursor();
      queue().advance(static_cast<std::size_t>(fill(begin) - begin));
      return true;
    }
    WEIR_REQUIRE(most <= kLargestFill);
    std::array<char, kLargestFill> bytes;
    const char* const end = fill(bytes.data());
    return write(internal::bytes_of({bytes.data(), end}));
  }

  // write(fmt::format(...)) without the string in between. A type with a formatter of its own, or
  // one of {fmt}'s other headers, needs <fmt/format.h> where it is printed.
  template <class... Args>
  bool print(fmt::format_string<Args...> format, Args&&... args) {
    WEIR_STREAM_ENTRY("print");
    return vprint(format, fmt::make_format_args(args...));
  }
  bool vprint(fmt::string_view format, fmt::format_args args);

  // The chunks queued after the one that the sink has. Node counterpart: writableBuffer.
  const Ring<Chunk>& writable_buffer();

  // Calls write and then end; `callback` is end's.
  using BasicWritable::end;
  Writable& end(std::string_view text, Callback callback = {});
  template <std::same_as<std::string> S>
  Writable& end(S&& text, Callback callback = {}) {
    if (is_moved(text.size()))
      return end(Buffer::adopt(std::forward<S>(text)), std::move(callback));
    return end(std::string_view(text), std::move(callback));
  }
  Writable& end(std::string_view text, EncodingName encoding, Callback callback = {});
  Writable& end(ByteSpan bytes, Callback callback = {});
  Writable& end(Buffer chunk, Callback callback = {});

  // The encoding of text that is written without an encoding. ERRORS: throws ERR_UNKNOWN_ENCODING.
  Writable& set_default_encoding(EncodingName encoding) noexcept {
    default_encoding_ = encoding;
    plain_text_ = is_plain_text();
    return *this;
  }

 protected:
  // Frees memory that is reserved for later writes.
  void give_back() noexcept { queue().give_back(); }

  // For make_stream. The sink has its own class, so that the stream sees its overrides.
  template <std::derived_from<Sink> S>
  Writable(S& sink, const WritableOptions& options)
      : Writable(sink, internal::sink_traits<Chunk, S>(), options) {}
  Writable(Sink& sink, SinkTraits traits, const WritableOptions& options)
      : Writable(sink, settings_of(internal::ticks_of(sink), options, traits, false), options) {}
  Writable(Sink& sink, const internal::WriteSide::Settings& settings,
           const WritableOptions& options);

 private:
  friend class Reservation;

  bool is_plain_text() const noexcept {
    return decode_strings_ && default_encoding_ == Encoding::utf8;
  }
  bool is_moved(std::size_t size) const noexcept {
    return plain_text_ && size > kLargestCopiedText && !(merges_ && Slab::takes(size));
  }
  bool merges(const Buffer& chunk) const noexcept {
    return merges_ && Slab::takes(chunk.size()) && !chunk.is_external() && !side().idle();
  }
  // As merge, and without a call of the writable side where that has allowed it.
  bool append_or_merge(std::span<const std::byte> bytes, Callback&& callback) {
    if (!callback && queue().has_room(bytes.size())) return queue().append(bytes);
    return merge(bytes, std::move(callback));
  }
  // Appends a copy of the bytes to the merged writes. REQUIRES: Slab::takes(bytes.size()).
  bool merge(std::span<const std::byte> bytes, Callback&& callback);
  bool write_bytes(std::span<const std::byte> bytes, Callback&& callback);
  template <class Part>
  bool write_parts(std::span<const Part> parts, Callback callback);
  // Without a callback, writing nothing has no effect. Returns the result of write().
  bool write_nothing(Callback callback);
  // For a Reservation.
  bool commit(const Buffer& reserved, std::size_t size, Callback callback);
  void give_back(const Buffer& reserved) noexcept;
  // The chunk for a text: its bytes, or the text if the sink decodes it.
  Chunk chunk_of(std::string_view text, Encoding encoding);

  Encoding default_encoding_;
  bool decode_strings_;
  bool merges_;
  bool plain_text_;  // text without an encoding is merged unchanged
};

}  // namespace weir
