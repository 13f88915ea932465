#include "support/loop_test.h"
#include <weir/loop/loop.h>

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

using test::operator""ms;

class PostTest : public test::LoopTest {};

TEST_F(PostTest, RunsThePostsOfOneThreadInOrder) {
  constexpr int kCalls = 1000;
  std::vector<int> ran;
  std::optional<Loop::KeepAlive> alive(loop);
  std::thread poster([&] {
    for (int i = 0; i < kCalls; ++i) loop.post([&ran, i] { ran.push_back(i); });
    loop.post([&] { alive.reset(); });
  });
  loop.run();
  poster.join();
  ASSERT_EQ(ran.size(), std::size_t{kCalls});
  for (int i = 0; i < kCalls; ++i) ASSERT_EQ(ran[static_cast<std::size_t>(i)], i);
}

TEST_F(PostTest, RunsThePostsOfSeveralThreadsOnTheLoopsThread) {
  constexpr int kThreads = 4;
  constexpr int kCalls = 500;
  const auto loops_thread = std::this_thread::get_id();
  std::vector<int> next(kThreads);
  std::optional<Loop::KeepAlive> alive(loop);
  int over = 0;
  std::vector<std::thread> posters;
  for (std::size_t thread = 0; thread < kThreads; ++thread)
    posters.emplace_back([&, thread] {
      for (int i = 0; i < kCalls; ++i)
        loop.post([&, thread, i] {
          EXPECT_EQ(std::this_thread::get_id(), loops_thread);
          EXPECT_EQ(next[thread]++, i);
        });
      loop.post([&] {
        if (++over == kThreads) alive.reset();
      });
    });
  loop.run();
  for (std::thread& poster : posters) poster.join();
  for (const int count : next) EXPECT_EQ(count, kCalls);
}

TEST_F(PostTest, WakesALoopThatWaits) {
  std::optional<Loop::KeepAlive> alive(loop);
  const Ref<Timer> timer = loop.set_timeout(std::chrono::hours(1), says("never"));
  std::thread poster;
  loop.set_immediate([&] {
    poster = std::thread([&] {
      loop.post([&] {
        log.add("post");
        timer->clear();
        alive.reset();
      });
    });
  });
  EXPECT_EQ(after_run(), "post");
  poster.join();
}

TEST_F(PostTest, RunsTicksBetweenCalls) {
  loop.post([&] {
    log.add("post1");
    loop.next_tick(says("tick"));
  });
  loop.post(says("post2"));
  loop.poll();
  EXPECT_EQ(log.take(), "post1 tick post2");
}

TEST_F(PostTest, RunsThePostOfACallOneTurnLater) {
  const Loop::KeepAlive alive(loop);
  loop.post([&] {
    log.add("post1");
    loop.post(says("post2"));
    loop.set_immediate(says("immediate"));
  });
  while (!log.take().ends_with("post2")) loop.poll();
}

TEST_F(PostTest, IsReadyForAPollThoughNothingKeepsTheLoopAlive) {
  loop.post(says("post"));
  EXPECT_FALSE(loop.poll());
  EXPECT_EQ(log.take(), "post");
}

TEST_F(PostTest, DoesNotKeepTheLoopAlive) {
  loop.post(says("post"));
  EXPECT_EQ(after_run(), "");
  loop.set_immediate(says("immediate"));
  EXPECT_EQ(after_run(), "post immediate");
}

TEST_F(PostTest, RunsTheRestWhereOneThrows) {
  survive();
  loop.post(throws("post1"));
  loop.post(says("post2"));
  loop.set_immediate(says("immediate"));
  EXPECT_EQ(after_run(), "post1 ! post2 immediate");
}

TEST_F(PostTest, TakesCallsOfTheTickQueueFromOtherThreads) {
  std::optional<Loop::KeepAlive> alive(loop);
  const auto loops_thread = std::this_thread::get_id();
  std::thread other([&] {
    loop.ticks().call_on_this_thread([&] {
      EXPECT_EQ(std::this_thread::get_id(), loops_thread);
      alive.reset();
    });
  });
  loop.run();
  other.join();
}

TEST_F(PostTest, DropsPostsToADestroyedLoop) {
  const auto owned = std::make_shared<int>();
  {
    Loop brief;
    std::thread([&] {
      for (int i = 0; i < 10; ++i) brief.post([owned] { FAIL() << "was called"; });
    }).join();
  }
  EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace weir
