// w9: chunks of 64 KiB whose production takes as long as their writing. w9-low: the same with a
// low-water mark of half the mark, so that both take place at the same time.
#include "weir-bench/file.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kChunk = 64 * 1024;

// The time that the system takes for one chunk: the median of several.
Clock::duration writing_time(const std::string& path, const std::string& chunk) {
  constexpr int kCount = 256;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) throw std::runtime_error("no file to calibrate with");
  std::vector<Clock::duration> times;
  for (int i = 0; i < kCount; ++i) {
    const auto start = Clock::now();
    if (::write(fd, chunk.data(), chunk.size()) != static_cast<ssize_t>(chunk.size()))
      throw std::runtime_error("a short write");
    times.push_back(Clock::now() - start);
  }
  ::close(fd);
  std::ranges::nth_element(times, times.begin() + kCount / 2);
  return times[kCount / 2];
}

struct Producer {
  weir::fs::WriteStream& stream;
  weir::Buffer chunk;
  Clock::duration time;  // of one chunk
  long left;

  void resume() {
    while (left-- > 0) {
      const auto end = Clock::now() + time;
      while (Clock::now() < end) {
      }
      if (!stream.write(chunk)) return;
    }
    stream.end();
  }
};

}  // namespace

void write_overlapped(const Arguments& arguments) {
  const std::string path = environment("BENCH_OUT");
  const std::string bytes(kChunk, 'x');
  const Clock::duration time = writing_time(path, bytes);
  const std::int64_t mark = arguments.high_water_mark.value_or(1 << 20);
  const bool low = arguments.workload == "w9-low";
  const bool pool = arguments.mode == "pool";
  const Measurement measurement(arguments);
  weir::Loop loop;
  const auto stream = weir::fs::create_write_stream(
      loop, path,
      {.high_water_mark = mark,
       .write_mode = pool ? weir::fs::WriteMode::pool : weir::fs::WriteMode::in_place,
       .low_water_mark = low ? mark / 2 : 0});
  Producer producer{*stream, weir::Buffer::copy(bytes), time, arguments.count};
  stream->on<weir::Drain>([&] { producer.resume(); });
  producer.resume();
  loop.run();
  measurement.report(stream->bytes_written(), static_cast<std::uint64_t>(arguments.count));
}

}  // namespace bench
