#include <weir/event/tick_queue.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono_literals::operator""ms;

struct Plain : LoopShutdownHook {
  using LoopShutdownHook::give_name;
  explicit Plain(TickQueue& ticks, Turn turn = Turn::first) : LoopShutdownHook(ticks, turn) {}
  void let_go() noexcept override {}
};

// A class that can be found, below a base that is not the hook.
struct Other {
  virtual ~Other() = default;
  int value = 7;
};
struct Found final : Other, Plain {
  using Plain::Plain;
  void* find_class(const internal::ClassKey* key) noexcept override {
    return key == &internal::kClassKey<Found> ? this : nullptr;
  }
};

std::vector<std::uint64_t> numbers_on(TickQueue& ticks) {
  std::vector<std::uint64_t> numbers;
  ticks.for_each_object(
      [&](LoopShutdownHook& object) { numbers.insert(numbers.begin(), object.number()); });
  return numbers;
}

TEST(LoopShutdownHookTest, TheQueueListsItsObjectsWhileTheyExist) {
  TickQueue ticks;
  EXPECT_TRUE(numbers_on(ticks).empty());
  const Plain first(ticks);
  {
    const Plain second(ticks, LoopShutdownHook::Turn::last);
    EXPECT_EQ(numbers_on(ticks).size(), 2u);
  }
  EXPECT_EQ(numbers_on(ticks), std::vector{first.number()});
  const Plain third(ticks);
  EXPECT_EQ(numbers_on(ticks), (std::vector{first.number(), third.number()}));
  EXPECT_EQ(ticks.objects_made(), 3u);
  ticks.close();
  EXPECT_TRUE(numbers_on(ticks).empty());
}

TEST(LoopShutdownHookTest, AnObjectIsFoundByItsClass) {
  TickQueue ticks;
  Found found(ticks);
  Plain plain(ticks);
  LoopShutdownHook& hook = found;
  ASSERT_EQ(hook.as<Found>(), &found);
  EXPECT_EQ(hook.as<Found>()->value, 7);
  EXPECT_EQ(hook.as<Plain>(), nullptr);
  EXPECT_EQ(plain.as<Found>(), nullptr);
}

TEST(LoopShutdownHookTest, ANameBelongsToOneObject) {
  TickQueue ticks;
  Plain first(ticks);
  const Plain second(ticks);
  first.give_name("one");
  first.give_name("two");
  EXPECT_EQ(first.given_name(), "two");
  EXPECT_EQ(second.given_name(), "");
  ticks.close();
  first.give_name("three");
  EXPECT_EQ(first.given_name(), "");
}

TEST(TickQueueTimeTest, IsReadOnceATurn) {
  TickQueue ticks;
  std::chrono::nanoseconds now = 1ms;
  int reads = 0;
  ticks.drive([] {}, nullptr,
              [&] {
                ++reads;
                return now;
              });
  EXPECT_EQ(ticks.turn_time(), 1ms);
  now = 2ms;
  EXPECT_EQ(ticks.turn_time(), 1ms);
  EXPECT_EQ(reads, 1);
  ticks.end_turn();
  EXPECT_EQ(ticks.turn_time(), 2ms);
  ticks.begin_turn(5ms);
  EXPECT_EQ(ticks.turn_time(), 5ms);
  EXPECT_EQ(reads, 2);
}

TEST(TickQueueTimeTest, StandsStillWithoutALoop) {
  TickQueue ticks;
  EXPECT_EQ(ticks.turn_time(), 0ms);
  EXPECT_EQ(TickQueue::gone().turn_time(), 0ms);
}

}  // namespace
}  // namespace weir
