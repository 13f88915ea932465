#include <weir/loop/scoped_timer.h>

#include "support/loop_test.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

using test::operator""ms;

class ScopedTimerTest : public test::LoopTest {};

TEST_F(ScopedTimerTest, FiresWhileItsOwnerLives) {
  const ScopedTimer timer = loop.set_timeout(1ms, says("fired"));
  EXPECT_TRUE(timer);
  EXPECT_EQ(after_run(), "fired");
}

TEST_F(ScopedTimerTest, DoesNotFireAfterItsOwner) {
  struct Owner {
    Owner(Loop& loop, test::EventLog& log)
        : timer(loop.set_timeout(1ms, [this, &log] { log.add(name); })) {}
    std::string name = "owner";
    ScopedTimer timer;
  };
  auto owner = std::make_unique<Owner>(loop, log);
  auto other = std::make_unique<Owner>(loop, log);
  other->name = "other";
  owner = nullptr;
  EXPECT_EQ(after_run(), "other");
}

// As the id that Node returns.
TEST_F(ScopedTimerTest, ARefAloneDoesNotStopItsTimer) {
  Ref<Timer> timer = loop.set_timeout(1ms, says("fired"));
  timer = nullptr;
  EXPECT_EQ(after_run(), "fired");
}

TEST_F(ScopedTimerTest, AnotherTimerTakesThePlaceOfTheFirst) {
  ScopedTimer timer = loop.set_timeout(1ms, says("first"));
  timer = loop.set_timeout(1ms, says("second"));
  EXPECT_EQ(after_run(), "second");
}

TEST_F(ScopedTimerTest, AMovedTimerStopsWithItsNewOwner) {
  std::optional<ScopedTimer> kept;
  {
    ScopedTimer timer = loop.set_timeout(1ms, says("fired"));
    kept = std::move(timer);
    EXPECT_FALSE(timer);  // NOLINT(bugprone-use-after-move)
  }
  EXPECT_TRUE(*kept);
  kept.reset();
  EXPECT_EQ(after_run(), "");
}

TEST_F(ScopedTimerTest, AnIntervalMayDestroyItself) {
  auto timer = std::make_unique<ScopedTimer>();
  *timer = loop.set_interval(1ms, [&] {
    log.add("tick");
    timer = nullptr;
  });
  EXPECT_EQ(after_run(), "tick");
}

TEST_F(ScopedTimerTest, ClearStopsItAndMayBeRepeated) {
  ScopedTimer timer = loop.set_timeout(1ms, says("fired"));
  timer.clear();
  timer.clear();
  EXPECT_FALSE(timer);
  EXPECT_EQ(after_run(), "");
}

TEST(ScopedTimerAfterItsLoop, IsDestroyedSafely) {
  ScopedTimer timer;
  {
    Loop loop;
    timer = loop.set_timeout(1ms, [] {});
  }
  timer.clear();
  EXPECT_FALSE(timer);
}

}  // namespace
}  // namespace weir
