// standard_output [LINES] - writes lines to standard output, at the speed of the reader.
#include <weir/weir.h>

#include <cstdlib>

weir::Task<> write_lines(weir::Loop& loop, int lines) {
  const auto out = weir::standard_output(loop, {.merge_writes = true});
  for (int i = 0; i < lines; ++i) co_await weir::co::print(*out, "Line {}\n", i);
  co_await weir::co::flush(*out);  // the system has all output
}

int main(int argc, char** argv) {
  weir::Loop loop;
  try {
    weir::co::run(loop, write_lines(loop, argc > 1 ? std::atoi(argv[1]) : 3));
  } catch (const weir::Error& error) {
    if (error == std::errc::broken_pipe) return 0;  // the reader has left, as `head` does
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
