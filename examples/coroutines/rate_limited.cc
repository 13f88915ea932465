// rate_limited LINES PER_SECOND - prints lines, at most so many a second and as the reader takes
// them.
#include <weir/weir.h>

#include <cstdlib>

using std::chrono::milliseconds;
using std::chrono::steady_clock;

weir::Task<> produce(weir::Loop& loop, int lines, int per_second) {
  const auto out = weir::standard_output(loop, {.merge_writes = true});
  const auto begin = steady_clock::now();
  for (int i = 0; i < lines; ++i) {
    const auto due = begin + milliseconds(1000LL * i / per_second);
    const auto early = std::chrono::ceil<milliseconds>(due - steady_clock::now());
    if (early.count() > 0) co_await weir::co::sleep(loop, early);
    co_await weir::co::print(*out, "Line {}\n", i);
  }
  co_await weir::co::flush(*out);  // the system has all output
}

int main(int argc, char** argv) {
  if (argc != 3) return fmt::print(stderr, "usage: rate_limited LINES PER_SECOND\n"), 2;
  weir::Loop loop;
  weir::co::run(loop, produce(loop, std::atoi(argv[1]), std::atoi(argv[2])));
}
