// weir/coro/internal/line_source.h - the lines of a stream, taken from its chunks one by one.
#pragma once

#include <weir/stream/readable.h>

#include <cstddef>
#include <optional>
#include <string>

namespace weir::internal {

class LineSplitter {
 public:
  LineSplitter(Readable& stream, std::size_t max_length) noexcept
      : stream_(stream), max_length_(max_length) {}

  // ERRORS: throws ERR_LINE_TOO_LONG.
  std::optional<std::string> take();
  // The bytes that were read and are not part of a line that was taken.
  std::string take_rest();
  Readable& stream() const noexcept { return stream_; }
  bool has_ended() const noexcept { return stream_.readable_ended() && begun_.empty(); }

 private:
  std::optional<std::string> take_from_chunk();

  Readable& stream_;
  std::size_t max_length_;
  std::optional<Chunk> chunk_;
  std::size_t begin_ = 0;      // in the chunk
  std::string begun_;          // the begin of a line that continues in the next chunk
  bool after_return_ = false;  // the rest of a "\r\n" may come
};

class LineSource {
 public:
  using Value = std::string;

  explicit LineSource(LineSplitter& splitter) noexcept : splitter_(splitter) {}

  std::optional<std::string> take() { return splitter_.take(); }
  Stream& stream() const noexcept { return splitter_.stream(); }
  bool has_ended() const noexcept { return splitter_.has_ended(); }

 private:
  LineSplitter& splitter_;
};

}  // namespace weir::internal
