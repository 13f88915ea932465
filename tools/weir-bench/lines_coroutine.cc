// w1-coro: the lines of w1, printed by a coroutine, and by a function that Drain calls (w1-print).
#include "weir-bench/file.h"
#include <weir/coro/run.h>
#include <weir/coro/task.h>
#include <weir/coro/write.h>

namespace bench {
namespace {

weir::Task<> print_lines(weir::fs::WriteStream& stream, long count) {
  for (long i = 0; i < count; ++i) co_await weir::co::print(stream, "Line {}\n", i);
  co_await weir::co::end(stream);
}

struct Printer {
  weir::fs::WriteStream& stream;
  long count;
  long next = 0;

  void resume() {
    while (next < count)
      if (!stream.print("Line {}\n", next++)) return;
    stream.end();
  }
};

}  // namespace

void print_lines_in_coroutine(const Arguments& arguments) {
  const Measurement measurement(arguments);
  weir::Loop loop;
  const auto stream = open_file(loop, environment("BENCH_OUT"), arguments);
  weir::co::run(loop, print_lines(*stream, arguments.count));
  measurement.report(stream->bytes_written(), static_cast<std::uint64_t>(arguments.count));
}

void print_lines_on_drain(const Arguments& arguments) {
  const Measurement measurement(arguments);
  weir::Loop loop;
  const auto stream = open_file(loop, environment("BENCH_OUT"), arguments);
  Printer printer{*stream, arguments.count};
  stream->on<weir::Drain>([&] { printer.resume(); });
  printer.resume();
  loop.run();
  measurement.report(stream->bytes_written(), static_cast<std::uint64_t>(arguments.count));
}

}  // namespace bench
