// standard_output [LINES] - writes lines to standard output, at the speed of the reader.
//
//   standard_output 1000000 | head -1      ends quietly, as yes(1) does
//   standard_output > /dev/full            ENOSPC: no space left on device, write
#include <weir/weir.h>

#include <cstdlib>

int main(int argc, char** argv) {
  weir::Loop loop;
  const auto out = weir::standard_output(
      loop, {.broken_pipe = weir::BrokenPipe::end_quietly, .merge_writes = true});
  const int lines = argc > 1 ? std::atoi(argv[1]) : 3;
  const auto write_line = [i = 0, lines](auto& output) mutable {
    if (i < lines) output.print("Line {}\n", i);
    return ++i < lines;
  };
  weir::produce(*out, write_line, {.end = false});
  try {
    loop.run();  // until the reader has all output
  } catch (const weir::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
