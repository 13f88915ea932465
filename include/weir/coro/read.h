// weir/coro/read.h - reading a stream from a coroutine: chunks, sequences of chunks, lines, a text.
//
//   auto lines = weir::co::lines(*input);
//   while (auto line = co_await lines.next()) fmt::print("{}\n", *line);
//
// - Data that is there is returned without suspending.
// - At the end of the data there is no value; an Error is thrown, after the data before it.
// - Several coroutines that read one stream each get a part of it, in the order of their waits.
// - A stop of the coroutine's token ends a wait with ABORT_ERR; the data stays in the stream.
// - Errors are heard as in write.h: a co_await throws them, and the stream needs no Error listener.
#pragma once

#include <weir/base/ref.h>
#include <weir/coro/internal/line_source.h>
#include <weir/coro/internal/pull.h>
#include <weir/coro/task.h>
#include <weir/stream/object_readable.h>
#include <weir/stream/readable.h>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace weir {

namespace internal {

// A Readable or an ObjectReadable<T>, and classes derived from them.
template <class S>
concept ReadableStream =
    std::derived_from<S, Stream> && requires(S& stream) { stream.read().has_value(); };

template <class S>
class ReadSource {
 public:
  using Value = typename decltype(std::declval<S&>().read())::value_type;

  explicit ReadSource(S& stream) noexcept : stream_(stream) {}

  std::optional<Value> take() {
    if (stream_.destroyed()) return std::nullopt;
    return stream_.read();
  }
  Stream& stream() const noexcept { return stream_; }
  bool has_ended() const noexcept { return stream_.readable_ended(); }

 private:
  S& stream_;
};

class SizedReadSource {
 public:
  using Value = Chunk;

  SizedReadSource(Readable& stream, std::size_t size) noexcept : stream_(stream), size_(size) {}

  std::optional<Chunk> take() {
    if (stream_.destroyed()) return std::nullopt;
    return stream_.read(size_);
  }
  Stream& stream() const noexcept { return stream_; }
  bool has_ended() const noexcept { return stream_.readable_ended(); }

 private:
  Readable& stream_;
  std::size_t size_;
};

}  // namespace internal

struct SequenceOptions {
  // Destroy the stream if the sequence is destroyed before its end, as Node's iterators do.
  bool destroy_stream = true;
};

// The chunks or values of a stream, one after the other. It keeps the stream alive, and has it read
// ahead.
template <class S>
class [[nodiscard]] Sequence {
 public:
  using Value = typename internal::ReadSource<S>::Value;

  Sequence(S& stream, SequenceOptions options) : stream_(&stream), options_(options) {
    internal::ensure_waiters(stream, "co::chunks");
    waiters_ = internal::StreamWaiters::of(stream);
    waiters_->begin_sequence();
  }
  Sequence(Sequence&& other) noexcept = default;
  Sequence& operator=(Sequence&&) = delete;
  ~Sequence() {
    if (!stream_) return;
    waiters_->end_sequence();
    if (options_.destroy_stream && !stream_->readable_ended()) stream_->destroy();
  }

  // Awaits the next value; no value after the last one.
  // ERRORS: the stream's; ERR_STREAM_PREMATURE_CLOSE if it is destroyed without one; ABORT_ERR.
  auto next() noexcept {
    return internal::PullAwaiter<internal::ReadSource<S>>(internal::ReadSource<S>(*stream_));
  }

  S& stream() const noexcept { return *stream_; }

 private:
  Ref<S> stream_;  // null after a move
  Ref<internal::StreamWaiters> waiters_;
  SequenceOptions options_;
};

struct LinesOptions {
  // A longer line, in bytes without its end, throws ERR_LINE_TOO_LONG.
  std::optional<std::size_t> max_length = {};
  // As in SequenceOptions. Without it, the bytes after the last line that was taken are put back.
  bool destroy_stream = true;
};

// The lines of a stream of bytes; they end as those of fs::read_lines. REQUIRES: chunks are bytes
// or text without a second reader.
class [[nodiscard]] Lines {
 public:
  explicit Lines(Readable& stream, const LinesOptions& options = {});
  Lines(Lines&&) noexcept = default;
  Lines& operator=(Lines&&) = delete;
  ~Lines();

  // Awaits the next line, without its end; no value after the last one.
  // ERRORS: as Sequence::next; fs::Errc::line_too_long.
  internal::PullAwaiter<internal::LineSource> next() noexcept {
    return internal::PullAwaiter<internal::LineSource>(internal::LineSource(*splitter_));
  }

 private:
  std::unique_ptr<internal::LineSplitter> splitter_;  // null after a move
  Sequence<Readable> chunks_;
};

namespace co {

// Awaits the next chunk or value of a stream; no value at its end.
// ERRORS: as Sequence::next.
template <internal::ReadableStream S>
auto read(S& stream) {
  internal::ensure_waiters(stream, "co::read");
  return internal::PullAwaiter<internal::ReadSource<S>>(internal::ReadSource<S>(stream));
}
// Awaits `size` bytes (characters with an encoding), or fewer at the end.
inline auto read(Readable& stream, std::size_t size) {
  internal::ensure_waiters(stream, "co::read");
  return internal::PullAwaiter<internal::SizedReadSource>(internal::SizedReadSource(stream, size));
}

// Node counterpart: for await (const chunk of stream).
template <std::derived_from<Readable> S>
Sequence<S> chunks(S& stream, SequenceOptions options = {}) {
  return Sequence<S>(stream, options);
}
template <internal::ReadableStream S>
  requires(!std::derived_from<S, Readable>)
Sequence<S> values(S& stream, SequenceOptions options = {}) {
  return Sequence<S>(stream, options);
}
inline Lines lines(Readable& stream, const LinesOptions& options = {}) {
  return Lines(stream, options);
}

// The rest of a stream as a text, for bodies that fit into memory.
// ERRORS: the stream's; ERR_OUT_OF_RANGE above `most` bytes, and the stream stays as it is then: a
// server can still answer with 413.
Task<std::string> text(Readable& stream, std::size_t most = std::size_t{64} << 20);

}  // namespace co
}  // namespace weir
