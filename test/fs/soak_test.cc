// A disk that really is slow, in real time: a loop's timer is late for one write at most.
// WEIR_SOAK_SECONDS says for how long; a second unless it is set.

#include <weir/fs/write_stream.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

namespace weir::fs {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""ns;

using Clock = FileOps::Clock;

constexpr auto kWriteTime = 50ms;

class SlowDisk final : public FileOps {
 public:
  explicit SlowDisk(Loop& loop) : loop_(loop) {}

  void open(const std::string&, int, int, Completed completed) override { completed(3); }
  void write(int, Views views, std::optional<std::int64_t>, Completed completed) override {
    ++written_in_pool_;
    pool_ = std::jthread([this, result = size(views), completed = std::move(completed),
                          alive = Loop::KeepAlive(loop_)]() mutable {
      std::this_thread::sleep_for(kWriteTime);
      loop_.post([result, completed = std::move(completed), alive = std::move(alive)]() mutable {
        completed(result);
      });
    });
  }
  bool can_write_here(int) noexcept override { return true; }
  std::int64_t write_here(int, Views views, std::optional<std::int64_t>) noexcept override {
    ++written_here_;
    std::this_thread::sleep_for(kWriteTime);
    return size(views);
  }
  void sync(int, Completed completed) override { completed(0); }
  void datasync(int, Completed completed) override { completed(0); }
  void close(int, Completed completed) override { completed(0); }
  void close_now(int) noexcept override {}

  std::size_t written_here() const { return written_here_; }
  std::size_t written_in_pool() const { return written_in_pool_; }

 private:
  static std::int64_t size(Views views) {
    std::size_t bytes = 0;
    for (const auto view : views) bytes += view.size();
    return static_cast<std::int64_t>(bytes);
  }

  Loop& loop_;
  std::size_t written_here_ = 0;
  std::size_t written_in_pool_ = 0;
  std::jthread pool_;  // joins the one before, which has posted by then
};

// How long this thread was ready to run and others ran instead; Linux counts it.
Clock::duration kept_waiting_for_a_processor() {
  std::ifstream schedule("/proc/thread-self/schedstat");
  std::int64_t ran = 0;
  std::int64_t waited = 0;
  schedule >> ran >> waited;
  return waited * 1ns;
}

std::chrono::milliseconds soak_time() {
  const char* seconds = std::getenv("WEIR_SOAK_SECONDS");
  const double count = seconds ? std::atof(seconds) : 1;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::max(count, 0.2) * 1000));
}

// Of a millisecond's timer, those that come more than 10 ms late though a processor is free.
std::size_t late_timers(WriteMode mode, std::size_t& written_here) {
  Loop loop;
  auto disk = make_ref<SlowDisk>(loop);
  auto stream = create_write_stream(loop, "x", {.write_mode = mode, .file_ops = disk});
  const auto end = Clock::now() + soak_time();
  const std::string line(100, 'x');
  const auto write = [&] {
    while (Clock::now() < end)
      if (!stream->write(line)) return;
    stream->end();
  };
  stream->on<Drain>(write);

  std::size_t lates = 0;
  auto last = Clock::now();
  auto waited = kept_waiting_for_a_processor();
  const auto timer = loop.set_interval(1ms, [&] {
    const auto now = Clock::now();
    const auto waiting = kept_waiting_for_a_processor();
    if (now - last - (waiting - waited) > 1ms + 10ms) ++lates;
    last = now;
    waited = waiting;
  });
  stream->on<Close>([&] { timer->clear(); });
  write();
  loop.run();
  EXPECT_GT(disk->written_in_pool(), 5u);
  written_here = disk->written_here();
  return lates;
}

TEST(SoakTest, ASlowDiskMakesATimerLateOnce) {
  std::size_t written_here = 0;
  EXPECT_LE(late_timers(WriteMode::in_place, written_here), 1u);
  EXPECT_EQ(written_here, 1u);
}

TEST(SoakTest, AndNeverThroughThePool) {
  std::size_t written_here = 0;
  EXPECT_EQ(late_timers(WriteMode::pool, written_here), 0u);
  EXPECT_EQ(written_here, 0u);
}

}  // namespace
}  // namespace weir::fs
