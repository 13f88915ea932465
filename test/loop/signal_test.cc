#include <weir/loop/signal.h>

#include "support/loop_test.h"
#include <weir/base/error.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>

namespace weir {
namespace {

class SignalTest : public test::LoopTest {
 protected:
  // A call that adds its name and ends the run.
  auto says_and_stops(std::string name) {
    return [this, name = std::move(name)] {
      log.add(name);
      loop.stop();
    };
  }
  std::string after_signal(int number) {
    const Loop::KeepAlive alive(loop);
    std::raise(number);
    return after_run();
  }
};

TEST_F(SignalTest, CallsForEachRaise) {
  const Signal signal(loop, SIGUSR1, says_and_stops("usr1"));
  EXPECT_EQ(after_signal(SIGUSR1), "usr1");
  EXPECT_EQ(after_signal(SIGUSR1), "usr1");
}

TEST_F(SignalTest, CallsAllItsWatchersAndNoOthers) {
  const Signal other(loop, SIGUSR2, says("usr2"));
  const Signal first(loop, SIGUSR1, says_and_stops("first"));
  const Signal second(loop, SIGUSR1, says_and_stops("second"));
  EXPECT_THAT(after_signal(SIGUSR1), testing::AnyOf("first second", "second first"));
}

TEST_F(SignalTest, RunsTicksAfterTheCall) {
  const Signal signal(loop, SIGUSR1, [&] {
    loop.next_tick(says_and_stops("tick"));
    log.add("usr1");
  });
  EXPECT_EQ(after_signal(SIGUSR1), "usr1 tick");
}

TEST_F(SignalTest, IsReadyForAPollThoughNothingKeepsTheLoopAlive) {
  const Signal signal(loop, SIGUSR1, says("usr1"));
  std::raise(SIGUSR1);
  EXPECT_FALSE(loop.poll());
  EXPECT_EQ(log.take(), "usr1");
}

TEST_F(SignalTest, DoesNotKeepTheLoopAlive) {
  const Signal signal(loop, SIGUSR1, says("never"));
  EXPECT_EQ(after_run(), "");
}

TEST_F(SignalTest, StopsWatchingWhenItIsDestroyed) {
  const Signal stays(loop, SIGUSR1, says_and_stops("stays"));
  const auto owned = std::make_shared<int>();
  {
    const Signal goes(loop, SIGUSR1, [owned] { FAIL() << "was called"; });
  }
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_EQ(after_signal(SIGUSR1), "stays");
}

TEST_F(SignalTest, MayBeDestroyedByItsOwnCall) {
  std::optional<Signal> signal;
  signal.emplace(loop, SIGUSR1, [&, owned = std::make_unique<std::string>("usr1")] {
    signal.reset();
    log.add(*owned);
    loop.stop();
  });
  EXPECT_EQ(after_signal(SIGUSR1), "usr1");
}

TEST_F(SignalTest, MayBeMoved) {
  Signal first(loop, SIGUSR1, says_and_stops("first"));
  Signal second(std::move(first));
  EXPECT_EQ(after_signal(SIGUSR1), "first");
  Signal third(loop, SIGUSR1, says("never"));
  third = std::move(second);
  EXPECT_EQ(after_signal(SIGUSR1), "first");
}

TEST_F(SignalTest, PassesTheExceptionOfTheCallToRun) {
  const Signal signal(loop, SIGUSR1, throws("usr1"));
  EXPECT_THROW(after_signal(SIGUSR1), std::runtime_error);
  EXPECT_EQ(log.take(), "usr1");
}

TEST_F(SignalTest, ThrowsTheSystemsErrorForOneThatCannotBeWatched) {
  const Error error = test::thrown_by([&] { const Signal signal(loop, SIGKILL, says("never")); });
  EXPECT_STREQ(error.what(), "EINVAL: invalid argument, signal");
  EXPECT_EQ(error.name(), "EINVAL");
  EXPECT_EQ(after_run(), "");
}

}  // namespace
}  // namespace weir
