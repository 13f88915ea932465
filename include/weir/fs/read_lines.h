// weir/fs/read_lines.h - a file, or any bytes, line by line: Node's readline, as a transform.
//
//   weir::fs::create_read_stream(loop, "names.txt")
//       ->pipe(weir::fs::read_lines(loop))
//       ->on<weir::DataOf<std::string>>([](const auto& line) { fmt::print("{}\n", line.chunk); });
//
// Bytes go in, lines come out, without their ends: "\n", "\r\n" or a lone "\r", as with Node's
// crlfDelay of Infinity. What follows the last end is a line where it is not empty. A line's bytes
// are kept as they are: what is not UTF-8 is not replaced, a byte order mark is not taken away.
//
// It is a stream as others are: its lines are read, piped, filtered (operators.h) at the reader's
// pace. pipe does not carry the file's errors; weir::pipeline does.
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
  // How many lines are made ahead; all of a chunk's are, though.
  std::optional<std::int64_t> high_water_mark = {};
  std::stop_token signal = {};  // when stopped: destroy(ABORT_ERR)
  // A line of more bytes, without its end, fails the stream with ERR_LINE_TOO_LONG. Without it a
  // file that has no line ends is one line, and in memory. Node has no such limit.
  std::optional<std::size_t> max_length = {};
};

using LineStream = ObjectTransform<Chunk, std::string>;

// REQUIRES: ticks (a Loop, usually) outlives the stream.
// ERRORS: throws ERR_INVALID_ARG_VALUE for a negative mark.
// Node counterpart: readline.createInterface({input, crlfDelay: Infinity}), FileHandle.readLines.
Ref<LineStream> read_lines(TickQueue& ticks, const ReadLinesOptions& options = {});

}  // namespace weir::fs
