#include <weir/loop/loop_group.h>

#include <weir/coro/loop.h>
#include <weir/coro/run.h>
#include <weir/coro/task.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <latch>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono_literals::operator""h;

constexpr std::size_t kSizes[] = {1, 2, 3, 8};

TEST(LoopGroupTest, HasALoopForEachProcessorUnlessTold) {
  EXPECT_EQ(LoopGroup(3).size(), 3u);
  EXPECT_GE(LoopGroup().size(), 1u);
}

TEST(LoopGroupTest, RunsEachLoopOnAThreadOfItsOwn) {
  for (const std::size_t size : kSizes) {
    LoopGroup loops(size);
    std::latch all(static_cast<std::ptrdiff_t>(size));  // none can return before all have begun
    std::mutex mutex;
    std::set<std::thread::id> threads;
    for (Loop& loop : loops)
      loop.set_immediate([&] {
        all.arrive_and_wait();
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      });
    loops.run();
    EXPECT_EQ(threads.size(), size);
    EXPECT_TRUE(threads.contains(std::this_thread::get_id())) << "the first runs here";
  }
}

TEST(LoopGroupTest, TheOthersRunUntilTheFirstHasNoWorkLeft) {
  LoopGroup loops(3);
  std::optional<Loop::KeepAlive> alive(loops[0]);
  std::string log;
  loops[0].set_immediate([&] {
    loops[1].post([&] {
      loops[2].post([&] {
        loops[0].post([&] {
          log += "back";
          alive.reset();
        });
      });
    });
  });
  loops.run();
  EXPECT_EQ(log, "back");
}

TEST(LoopGroupTest, TheOthersFinishTheirWorkAfterTheFirst) {
  LoopGroup loops(2);
  bool is_over = false;
  int left = 100;
  const std::function<void()> turn = [&] {
    if (--left > 0)
      loops[1].set_immediate([&] { turn(); });
    else
      is_over = true;
  };
  loops[1].set_immediate([&] { turn(); });
  loops.run();
  EXPECT_TRUE(is_over);
}

TEST(LoopGroupTest, CanBeRunAgain) {
  LoopGroup loops(3);
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> ran = 0;
    for (Loop& loop : loops) loop.set_immediate([&] { ++ran; });
    loops.run();
    EXPECT_EQ(ran, 3);
  }
}

TEST(LoopGroupTest, AnExceptionOfAnyLoopStopsAllAndIsThrown) {
  for (std::size_t thrower = 0; thrower < 3; ++thrower) {
    LoopGroup loops(3);
    std::vector<Ref<Timer>> timers;  // would keep the loops running
    for (Loop& loop : loops) timers.push_back(loop.set_timeout(1h, [] {}));
    loops[thrower].set_immediate([] { throw std::runtime_error("of a loop"); });
    EXPECT_THROW(loops.run(), std::runtime_error);
    // The loops can be run again.
    for (const Ref<Timer>& timer : timers) timer->clear();
    bool ran = false;
    loops[1].set_immediate([&] { ran = true; });
    loops.run();
    EXPECT_TRUE(ran);
  }
}

TEST(LoopGroupTest, StopEndsTheRunFromAnyThread) {
  for (const std::size_t size : kSizes) {
    LoopGroup loops(size);
    std::vector<Ref<Timer>> timers;
    for (Loop& loop : loops) timers.push_back(loop.set_timeout(1h, [] {}));
    loops.stop();  // is of no later run
    loops[size - 1].set_immediate([&] { loops.stop(); });
    loops.run();
    std::jthread other;
    loops[0].set_immediate([&] { other = std::jthread([&] { loops.stop(); }); });
    loops.run();
  }
}

TEST(LoopGroupTest, PlacesWorkInTurnsAndByKey) {
  LoopGroup loops(3);
  Loop& first = loops.next();
  Loop& second = loops.next();
  Loop& third = loops.next();
  EXPECT_EQ((std::set{&first, &second, &third}.size()), 3u);
  EXPECT_EQ(&loops.next(), &first);
  EXPECT_EQ(&loops.for_key(7), &loops.for_key(7));
  EXPECT_EQ((std::set{&loops.for_key(0), &loops.for_key(1), &loops.for_key(2)}.size()), 3u);
  EXPECT_EQ(&loops.for_key(1), &loops.for_key(4));
}

TEST(LoopGroupTest, PostsReachEveryLoopInOrder) {
  constexpr int kPosts = 300;
  LoopGroup loops(4);
  std::vector<std::vector<int>> seen(4);
  std::atomic<int> left = kPosts;
  std::optional<Loop::KeepAlive> alive(loops[0]);
  std::jthread poster([&] {
    for (int i = 0; i < kPosts; ++i)
      loops[static_cast<std::size_t>(i) % 4].post([&, i] {
        EXPECT_TRUE(loops[static_cast<std::size_t>(i) % 4].ticks().is_current());
        seen[static_cast<std::size_t>(i) % 4].push_back(i);
        if (--left == 0) loops[0].post([&] { alive.reset(); });
      });
  });
  loops.run();
  for (const std::vector<int>& numbers : seen) {
    EXPECT_EQ(numbers.size(), kPosts / 4u);
    EXPECT_TRUE(std::ranges::is_sorted(numbers));
  }
}

TEST(LoopGroupTest, CoroutinesGoFromLoopToLoop) {
  constexpr int kTasks = 20;
  constexpr int kMoves = 50;
  LoopGroup loops(4);
  std::atomic<int> moves = 0;
  std::atomic<int> left = kTasks;
  std::optional<Loop::KeepAlive> alive(loops[0]);
  const auto wanders = [&](std::uint64_t start) -> Task<> {
    for (std::uint64_t i = 0; i < kMoves; ++i) {
      Loop& loop = loops.for_key(start + i * 3);
      co_await co::on(loop);
      EXPECT_TRUE(loop.ticks().is_current());
      ++moves;
    }
    co_await co::on(loops[0]);
    if (--left == 0) alive.reset();
  };
  for (std::uint64_t task = 0; task < kTasks; ++task) co::spawn(loops[0], wanders(task));
  loops.run();
  EXPECT_EQ(moves, kTasks * kMoves);
}

TEST(LoopGroupTest, IsDestroyedWithWorkLeft) {
  LoopGroup loops(3);
  for (Loop& loop : loops) {
    loop.set_timeout(1h, [] { FAIL(); });
    loop.post([] { FAIL(); });
  }
}

}  // namespace
}  // namespace weir
