#include <weir/event/tick_queue.h>

#include "support/event_log.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace weir {
namespace {

class TickQueueTest : public testing::Test {
 protected:
  auto says(std::string name) {
    return [this, name = std::move(name)] { log.add(name); };
  }
  std::string after_drain() {
    ticks.drain();
    return log.take();
  }

  test::EventLog log;
  TickQueue ticks;
};

TEST_F(TickQueueTest, RunsTicksWhenDrainedInTheOrderQueued) {
  EXPECT_TRUE(ticks.empty());
  ticks.next_tick(says("a"));
  ticks.next_tick(says("b"));
  ticks.next_tick(says("c"));
  EXPECT_FALSE(ticks.empty());
  EXPECT_EQ(log.take(), "");
  EXPECT_EQ(after_drain(), "a b c");
  EXPECT_TRUE(ticks.empty());
  EXPECT_EQ(after_drain(), "");
}

TEST_F(TickQueueTest, RunsTicksOfTicksInTheSameDrain) {
  ticks.next_tick([&] {
    log.add("a");
    ticks.next_tick([&] {
      log.add("c");
      ticks.next_tick(says("d"));
    });
  });
  ticks.next_tick(says("b"));
  EXPECT_EQ(after_drain(), "a b c d");
}

TEST_F(TickQueueTest, DoesNotDrainInsideOfADrain) {
  ticks.next_tick([&] {
    ticks.drain();
    log.add("a");
  });
  ticks.next_tick(says("b"));
  EXPECT_EQ(after_drain(), "a b");
}

TEST_F(TickQueueTest, KeepsTheRestWhereATickThrows) {
  ticks.next_tick([&] {
    log.add("a");
    ticks.next_tick(says("c"));
    throw std::runtime_error("a");
  });
  ticks.next_tick(says("b"));
  EXPECT_THROW(ticks.drain(), std::runtime_error);
  EXPECT_EQ(log.take(), "a");
  EXPECT_FALSE(ticks.empty());
  EXPECT_EQ(after_drain(), "b c");
}

TEST_F(TickQueueTest, DestroysEachTickOnceItHasRun) {
  const auto owned = std::make_shared<int>();
  ticks.next_tick([owned] {});
  ticks.next_tick([&, owned] { log.add(std::to_string(owned.use_count())); });
  EXPECT_EQ(after_drain(), "2");
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(TickQueueTest, RunsATickThatTheDestructorOfATickQueues) {
  struct QueuesLast {
    TickQueue& ticks;
    test::EventLog& log;
    QueuesLast(TickQueue& t, test::EventLog& l) : ticks(t), log(l) {}
    QueuesLast(const QueuesLast&) = delete;
    QueuesLast& operator=(const QueuesLast&) = delete;
    ~QueuesLast() {
      ticks.next_tick([&log = log] { log.add("last"); });
    }
  };
  ticks.next_tick([&, owned = std::make_unique<QueuesLast>(ticks, log)] { log.add("first"); });
  EXPECT_EQ(after_drain(), "first last");
  // The same in a queue that is destroyed, which drops the tick.
  ticks.next_tick([owned = std::make_unique<QueuesLast>(ticks, log)] {});
}

TEST_F(TickQueueTest, KeepsManyTicksInOrder) {
  std::vector<int> ran;
  for (int i = 0; i < 1000; ++i)
    ticks.next_tick([&ran, &ticks = ticks, i] {
      ran.push_back(i);
      ticks.next_tick([&ran, i] { ran.push_back(1000 + i); });
    });
  ticks.drain();
  ASSERT_EQ(ran.size(), 2000u);
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(ran[static_cast<std::size_t>(i)], i);
}

TEST_F(TickQueueTest, DropsQueuedTicksWhenItCloses) {
  const auto owned = std::make_shared<int>();
  ticks.next_tick([&, owned] { log.add("never"); });
  ticks.close();
  EXPECT_EQ(owned.use_count(), 1);
  ticks.next_tick([&, owned] { log.add("never"); });
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_TRUE(ticks.empty());
  EXPECT_EQ(after_drain(), "");
}

TEST_F(TickQueueTest, DropsQueuedTicksWhenItIsDestroyed) {
  const auto owned = std::make_shared<int>();
  {
    TickQueue brief;
    brief.next_tick([&, owned] { log.add("never"); });
  }
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_EQ(log.take(), "");
}

// --- After the ticks ---

TEST_F(TickQueueTest, RunsAfterTicksWhenNoTickIsLeft) {
  ticks.after_ticks([this] {
    log.add("after");
    ticks.next_tick(says("its tick"));
  });
  ticks.after_ticks(says("second"));
  ticks.next_tick([this] {
    log.add("tick");
    ticks.next_tick(says("tick of the tick"));
  });
  EXPECT_FALSE(ticks.empty());
  EXPECT_EQ(after_drain(), "tick tick of the tick after its tick second");
  EXPECT_TRUE(ticks.empty());
}

TEST_F(TickQueueTest, WakesItsDriverForAfterTicks) {
  ticks.drive(says("wake"), nullptr);
  ticks.after_ticks([this] { ticks.next_tick(says("tick")); });
  ticks.next_tick(says("first"));
  EXPECT_EQ(after_drain(), "wake first tick");
}

TEST_F(TickQueueTest, DropsAfterTicksWhenItCloses) {
  const auto owned = std::make_shared<int>();
  ticks.after_ticks([&, owned] { log.add("never"); });
  ticks.close();
  ticks.after_ticks([&, owned] { log.add("never"); });
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_EQ(after_drain(), "");
}

// warnings

TEST_F(TickQueueTest, WarnsOnALaterTick) {
  ticks.on_warning([&](const Warning& warning) { log.add(warning.name + ":" + warning.message); });
  ticks.next_tick(says("before"));
  ticks.warn({"LeakWarning", "leaks"});
  ticks.next_tick(says("after"));
  EXPECT_EQ(log.take(), "");
  EXPECT_EQ(after_drain(), "before LeakWarning:leaks after");
}

TEST_F(TickQueueTest, PrintsAWarningWithoutAHandler) {
  ticks.warn({"LeakWarning", "leaks"});
  testing::internal::CaptureStderr();
  ticks.drain();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "(weir) LeakWarning: leaks\n");
}

// --- The driver ---

TEST_F(TickQueueTest, WakesItsDriverForTheFirstTickThatIsQueuedOutsideADrain) {
  ticks.drive(says("wake"), nullptr);
  ticks.next_tick([&] { ticks.next_tick(says("inner")); });
  EXPECT_EQ(log.take(), "wake");
  ticks.next_tick(says("second"));
  EXPECT_EQ(after_drain(), "second inner");
  ticks.next_tick(says("third"));
  EXPECT_EQ(after_drain(), "wake third");
}

TEST_F(TickQueueTest, CallsAtOnceOnItsOwnThread) {
  ticks.call_on_this_thread(says("now"));
  EXPECT_EQ(log.take(), "now");
}

TEST_F(TickQueueTest, HandsOverACallOfAnotherThread) {
  std::vector<Function<void()>> handed_over;
  ticks.drive([] {}, [&](Function<void()> call) { handed_over.push_back(std::move(call)); });
  std::thread([&] { ticks.call_on_this_thread(says("later")); }).join();
  EXPECT_EQ(log.take(), "");
  ASSERT_EQ(handed_over.size(), 1u);
  handed_over[0]();
  EXPECT_EQ(log.take(), "later");
}

TEST(TickQueueDeathTest, DemandsAHandOverForCallsFromAnotherThread) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        TickQueue ticks;
        std::thread([&] { ticks.call_on_this_thread([] {}); }).join();
      },
      "hand_over_");
}

TEST_F(TickQueueTest, AnEmptyTickIsRefusedWhereItIsGiven) {
  const auto refused = [](auto call) {
    return test::name_of(test::thrown_by(call)) == "ERR_INVALID_ARG_TYPE";
  };
  EXPECT_TRUE(refused([&] { ticks.next_tick(std::function<void()>()); }));
  EXPECT_TRUE(refused([&] { ticks.next_tick(Function<void()>()); }));
  EXPECT_TRUE(refused([&] { ticks.next_tick(static_cast<void (*)()>(nullptr)); }));
  EXPECT_TRUE(refused([&] { ticks.after_ticks(std::function<void()>()); }));
  EXPECT_TRUE(refused([&] { ticks.call_on_this_thread({}); }));
  EXPECT_TRUE(ticks.empty());
}

TEST_F(TickQueueTest, HasADefaultMarkOfBytesAndOneOfObjects) {
  EXPECT_EQ(ticks.default_high_water_mark(), 16384u);
  EXPECT_EQ(ticks.default_object_high_water_mark(), 16u);
  ticks.set_default_high_water_mark(0);
  ticks.set_default_object_high_water_mark(7);
  EXPECT_EQ(ticks.default_high_water_mark(), 0u);
  EXPECT_EQ(ticks.default_object_high_water_mark(), 7u);
}

TEST_F(TickQueueTest, TheQueueOfThoseThatOutliveTheirsNeverChangesItsMarks) {
  TickQueue::gone().set_default_high_water_mark(1);
  TickQueue::gone().set_default_object_high_water_mark(1);
  EXPECT_EQ(TickQueue::gone().default_high_water_mark(), 16384u);
  EXPECT_EQ(TickQueue::gone().default_object_high_water_mark(), 16u);
}

}  // namespace
}  // namespace weir
