// weir/fs/read_lines.h - a transform from bytes to lines: Node's readline.
//
//   weir::fs::create_read_stream(loop, "names.txt")
//       ->pipe(weir::fs::read_lines(loop))
//       ->on<weir::DataOf<std::string>>([](const auto& line) { fmt::print("{}\n", line.chunk); });
//
// - A line ends with "\n", "\r\n" or a lone "\r", as with Node's crlfDelay of Infinity. The end is
//   removed. Bytes after the last end are a line, unless there are none.
// - A line keeps its bytes: invalid UTF-8 is not replaced, and a byte order mark is not removed.
// - The result is a stream: read it, pipe it, filter it (operators.h). `pipe` does not forward the
//   file's errors; weir::pipeline does.
#pragma once

#include <weir/base/ref.h>
#include <weir/event/tick_queue.h>
#include <weir/stream/transform.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace weir::fs {

struct ReadLinesOptions {
  // The number of lines that are decoded ahead. All lines of a chunk are decoded at once.
  std::optional<std::int64_t> high_water_mark = {};
  std::stop_token signal = {};  // a stop calls destroy(ABORT_ERR)
  // A longer line, in bytes without its end, fails the stream with ERR_LINE_TOO_LONG. Without a
  // limit, a file without line ends becomes one line in memory. Node has no such limit.
  std::optional<std::size_t> max_length = {};
};

using LineStream = ObjectTransform<Chunk, std::string>;

// REQUIRES: ticks (usually a Loop) outlives the stream.
// ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
// Node counterpart: readline.createInterface({input, crlfDelay: Infinity}), FileHandle.readLines.
Ref<LineStream> read_lines(TickQueue& ticks, const ReadLinesOptions& options = {});

}  // namespace weir::fs
