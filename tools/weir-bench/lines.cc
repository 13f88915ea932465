// w1: lines into a file, one write() each, with a pause wherever the buffer is full.
#include "weir-bench/file.h"

#include <charconv>

namespace bench {
namespace {

struct Writer {
  weir::fs::WriteStream& stream;
  long count;
  long next = 0;
  LineText line = {};

  void resume() {
    while (next < count)
      if (!stream.write_with(32, [this](char* begin) {
            std::memcpy(begin, "Line ", 5);
            char* end = std::to_chars(begin + 5, begin + 32, next++).ptr;
            *end++ = '\n';
            return end;
          }))
        return;
    stream.end();
  }
};

}  // namespace

void write_lines(const Arguments& arguments) {
  const Measurement measurement(arguments);
  weir::Loop loop;
  const auto stream = open_file(loop, environment("BENCH_OUT"), arguments);
  Writer writer{*stream, arguments.count};
  stream->on<weir::Drain>([&] { writer.resume(); });
  writer.resume();
  loop.run();
  measurement.report(stream->bytes_written(), static_cast<std::uint64_t>(arguments.count));
}

}  // namespace bench
