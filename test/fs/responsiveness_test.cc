// A disk that is slow keeps the loop for one write, and then no more.

#include "fs/write_routes.h"
#include <weir/fs/write_stream.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::fs {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;

// A disk in stepped time: each write takes `time_of` on the thread that makes it.
class SteppedDisk final : public FileOps {
 public:
  using TimeOf = Clock::duration (*)(std::size_t write);

  explicit SteppedDisk(TimeOf time_of) : time_of_(time_of) {}

  void pass(Clock::duration time) {
    now_ += time;
    if (!completed_ || now_ < due_) return;
    (*std::exchange(completed_, std::nullopt))(result_);
  }
  std::size_t writes() const { return writes_; }
  std::size_t written_here() const { return written_here_; }

  void open(const std::string&, int, int, Completed completed) override { completed(3); }
  void write(int, Views views, std::optional<std::int64_t>, Completed completed) override {
    EXPECT_FALSE(completed_) << "a stream has one write under way";
    due_ = now_ + time_of_(writes_++);
    result_ = size(views);
    completed_ = std::move(completed);
  }
  bool can_write_here(int) noexcept override { return true; }
  std::int64_t write_here(int, Views views, std::optional<std::int64_t>) noexcept override {
    ++written_here_;
    now_ += time_of_(writes_++);
    return size(views);
  }
  Clock::time_point now() const noexcept override { return now_; }
  void sync(int, Completed completed) override { completed(0); }
  void datasync(int, Completed completed) override { completed(0); }
  void close(int, Completed completed) override { completed(0); }
  void close_now(int) noexcept override {}

 private:
  static std::int64_t size(Views views) {
    std::size_t bytes = 0;
    for (const auto view : views) bytes += view.size();
    return static_cast<std::int64_t>(bytes);
  }

  TimeOf time_of_;
  Clock::time_point now_ = Clock::time_point(1h);
  std::size_t writes_ = 0;
  std::size_t written_here_ = 0;
  std::optional<Completed> completed_;
  Clock::time_point due_;
  std::int64_t result_ = 0;
};

struct Outcome {
  std::size_t lates = 0;  // turns of the loop that took more than 10 ms
  std::size_t writes = 0;
  std::size_t written_here = 0;
};

// Writes full buffers for as long as that; between the loop's turns a millisecond passes.
Outcome write_for(std::chrono::seconds time, WriteMode mode, SteppedDisk::TimeOf time_of) {
  Loop loop;
  auto disk = make_ref<SteppedDisk>(time_of);
  auto stream = create_write_stream(loop, "x",
                                    {.high_water_mark = 100, .write_mode = mode, .file_ops = disk});
  const std::string line(25, 'x');
  const auto end = disk->now() + time;
  const auto write = [&] {
    while (disk->now() < end)
      if (!stream->write(line)) return;
    stream->end();
  };
  stream->on<Drain>(write);

  Outcome outcome;
  auto turned = disk->now();
  Function<void()> turn = [&] {
    if (disk->now() - turned > 10ms) ++outcome.lates;
    disk->pass(1ms);
    turned = disk->now();
    if (!stream->closed()) loop.set_immediate([&] { turn(); });
  };
  loop.set_immediate([&] { turn(); });
  write();
  loop.run();
  EXPECT_EQ(stream->bytes_written() % 25, 0u);
  outcome.writes = disk->writes();
  outcome.written_here = disk->written_here();
  return outcome;
}

FileOps::Clock::duration always_slow(std::size_t) { return 50ms; }
FileOps::Clock::duration now_and_then_slow(std::size_t write) {
  return write % 100 == 99 ? FileOps::Clock::duration(50ms) : FileOps::Clock::duration(50us);
}
FileOps::Clock::duration now_and_then_quick(std::size_t write) {
  return write % 100 == 99 ? FileOps::Clock::duration(50us) : FileOps::Clock::duration(50ms);
}
FileOps::Clock::duration always_quick(std::size_t) { return 50us; }
FileOps::Clock::duration just_quick(std::size_t) { return 4ms; }

TEST(ResponsivenessTest, ASlowDiskKeepsTheLoopOnceInAMinute) {
  for (const auto time : {10s, 60s}) {
    const Outcome outcome = write_for(time, WriteMode::in_place, always_slow);
    EXPECT_EQ(outcome.lates, 1u);
    EXPECT_EQ(outcome.written_here, 1u);
    EXPECT_GE(outcome.writes, static_cast<std::size_t>(time.count()) * 15) << "it hardly wrote";
  }
}

TEST(ResponsivenessTest, ADiskThatIsSlowNowAndThenKeepsTheLoopOnceAPause) {
  EXPECT_LE(write_for(10s, WriteMode::in_place, now_and_then_slow).lates, 1u);
  // After ten seconds it comes back, after twenty more, and after forty.
  EXPECT_LE(write_for(60s, WriteMode::in_place, now_and_then_slow).lates, 3u);
}

TEST(ResponsivenessTest, ADiskThatIsQuickNowAndThenKeepsTheLoopOnceAPause) {
  EXPECT_LE(write_for(10s, WriteMode::in_place, now_and_then_quick).lates, 1u);
  EXPECT_LE(write_for(60s, WriteMode::in_place, now_and_then_quick).lates, 3u);
}

TEST(ResponsivenessTest, ThePoolNeverKeepsTheLoop) {
  for (const auto time_of : {always_slow, now_and_then_slow, now_and_then_quick}) {
    const Outcome outcome = write_for(10s, WriteMode::pool, time_of);
    EXPECT_EQ(outcome.lates, 0u);
    EXPECT_EQ(outcome.written_here, 0u);
  }
}

TEST(ResponsivenessTest, AQuickDiskIsWrittenInPlaceAllTheTime) {
  for (const auto time_of : {always_quick, just_quick}) {
    const Outcome outcome = write_for(10s, WriteMode::in_place, time_of);
    EXPECT_EQ(outcome.lates, 0u);
    EXPECT_GE(outcome.written_here + 1, outcome.writes) << "all but the last, which is not full";
  }
}

}  // namespace
}  // namespace weir::fs
