// Coroutines write a million lines and read them back, with backpressure. Prints their number.
#include <weir/weir.h>

#include <chrono>

#include <fmt/format.h>

namespace {

namespace co = weir::co;
using namespace std::chrono_literals;

weir::Task<> write_lines(weir::Loop& loop) {
  auto out = weir::fs::create_write_stream(loop, "lines.txt");
  for (int i = 0; i < 1'000'000; ++i)
    co_await co::print(*out, "Line {}\n", i);  // waits only at the high-water mark
  co_await co::end(*out);                      // finished and closed, or throws
}

weir::Task<int> count_lines(weir::Loop& loop) {
  auto in = weir::fs::create_read_stream(loop, "lines.txt");
  auto lines = co::lines(*in);
  int count = 0;
  while (auto line = co_await lines.next()) ++count;
  co_return count;
}

weir::Generator<int> numbers_of(weir::Readable& in) {
  auto lines = co::lines(in);
  while (auto line = co_await lines.next()) co_yield std::stoi(line->substr(5));
}

weir::Task<> sum_numbers(weir::Loop& loop) {
  auto in = weir::fs::create_read_stream(loop, "lines.txt");
  auto numbers = numbers_of(*in);
  long sum = 0;
  while (auto number = co_await numbers.next()) sum += *number;
  fmt::print("their sum is {}\n", sum);
}

weir::Task<> report_error(weir::Loop& loop) {
  auto in = weir::fs::create_read_stream(loop, "missing.txt");
  auto chunk = co_await co::try_(co::read(*in));
  if (!chunk) fmt::print("{}\n", chunk.error().what());
}

weir::Task<> wait_for_input(weir::Loop& loop, weir::Readable& never) {
  auto first = co_await co::when_any(co::read(never), co::sleep(loop, 10ms));
  if (first.index() == 1) fmt::print("nothing came in time\n");
}

weir::Task<> tick(weir::Loop& loop) {
  while (true) {
    co_await co::sleep(loop, 1ms);
    fmt::print("tick\n");
  }
}

}  // namespace

int main() {
  weir::Loop loop;
  co::run(loop, write_lines(loop));
  fmt::print("{} lines\n", co::run(loop, count_lines(loop)));
  co::run(loop, sum_numbers(loop));
  co::run(loop, report_error(loop));

  auto never = weir::Readable::make(loop, {.read = [](weir::Readable&, std::size_t) {}});
  co::run(loop, wait_for_input(loop, *never));

  std::stop_source stop;
  co::spawn(loop, tick(loop), stop.get_token());
  stop.request_stop();  // its sleep throws ABORT_ERR, which ends the task as asked
  loop.run();
}
