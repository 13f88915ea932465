// w8: four threads print lines into one file, through a Producer; the mark is its capacity.
// w8-record: the time that one thread spends on each line, without other threads.
#include "weir-bench/file.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr long kThreads = 4;

class Percentiles {
 public:
  explicit Percentiles(std::vector<std::int64_t> nanoseconds) : sorted_(std::move(nanoseconds)) {
    std::ranges::sort(sorted_);
  }
  std::int64_t at(double part) const {
    return sorted_[static_cast<std::size_t>(static_cast<double>(sorted_.size() - 1) * part)];
  }

 private:
  std::vector<std::int64_t> sorted_;
};

// The time of each of `count` calls.
template <class Call>
Percentiles time_each(long count, Call call) {
  std::vector<std::int64_t> times(static_cast<std::size_t>(std::max(count, 1L)));
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto from = Clock::now();
    call(i);
    times[i] = std::chrono::nanoseconds(Clock::now() - from).count();
  }
  return Percentiles(std::move(times));
}

}  // namespace

void write_from_threads(const Arguments& arguments) {
  const Measurement measurement(arguments);
  weir::ProducerOptions options;
  if (arguments.high_water_mark)
    options.capacity = static_cast<std::size_t>(*arguments.high_water_mark);
  weir::Loop loop;
  const auto stream = weir::fs::create_write_stream(loop, environment("BENCH_OUT"));
  std::vector<std::jthread> threads;
  {
    const weir::Producer log(loop, stream, options);
    const long each = arguments.count / kThreads;
    for (long thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([log, each, first = each * thread] {
        for (long i = first; i < first + each; ++i) log.print("Line {}\n", i);
      });
  }
  loop.run();
  measurement.report(stream->bytes_written(), static_cast<std::uint64_t>(arguments.count));
}

void time_records(const Arguments& arguments) {
  weir::Loop loop;
  const auto stream = open_file(loop, environment("BENCH_OUT"), arguments);
  std::jthread thread([log = weir::Producer(loop, stream), count = arguments.count] {
    // The clock's own time is subtracted.
    const std::int64_t clock = time_each(count, [](std::size_t) {}).at(0.5);
    const Percentiles times = time_each(count, [&](std::size_t i) { log.print("Line {}\n", i); });
    fmt::print(R"({{"peer":"weir","workload":"w8-record","records":{},"p50_ns":{},"p99.9_ns":{}}})"
               "\n",
               count, times.at(0.5) - clock, times.at(0.999) - clock);
  });
  loop.run();
}

}  // namespace bench
