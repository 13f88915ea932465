// w3: a file through a pipe into another.
#include "weir-bench/file.h"

namespace bench {

void copy_file(const Arguments& arguments) {
  const Measurement measurement(arguments);
  weir::Loop loop;
  weir::fs::ReadStreamOptions options;
  options.fast_pipe = arguments.mode.empty();
  if (arguments.mode == "pool") options.read_mode = weir::fs::ReadMode::pool;
  const auto source = weir::fs::create_read_stream(loop, environment("BENCH_SRC"), options);
  const auto destination = open_file(loop, environment("BENCH_OUT"), arguments);
  source->pipe(destination);
  loop.run();
  measurement.report(destination->bytes_written(), 1);
}

}  // namespace bench
