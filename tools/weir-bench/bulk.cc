// w2: one chunk, shared and not copied, again and again into a file.
#include "weir-bench/file.h"

#include <string>

namespace bench {
namespace {

struct Writer {
  weir::fs::WriteStream& stream;
  weir::Buffer chunk;
  long left;

  void resume() {
    while (left-- > 0)
      if (!stream.write(chunk)) return;
    stream.end();
  }
};

}  // namespace

void write_bulk(const Arguments& arguments, std::size_t chunk) {
  const weir::Buffer bytes = weir::Buffer::adopt(std::string(chunk, 'x'));
  const Measurement measurement(arguments);
  weir::Loop loop;
  const auto stream = open_file(loop, environment("BENCH_OUT"), arguments);
  Writer writer{*stream, bytes, arguments.count};
  stream->on<weir::Drain>([&] { writer.resume(); });
  writer.resume();
  loop.run();
  measurement.report(stream->bytes_written(), static_cast<std::uint64_t>(arguments.count));
}

}  // namespace bench
