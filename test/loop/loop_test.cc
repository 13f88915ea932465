#include <weir/loop/loop.h>

#include "support/descriptors.h"
#include "support/loop_test.h"
#include <weir/base/error.h>
#include <weir/event/emitter.h>
#include <weir/loop/signal.h>

#include <csignal>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <sys/resource.h>

namespace weir {
namespace {

using test::LoopTest;
using test::operator""ms;
using testing::ElementsAre;
using testing::ThrowsMessage;

// The orders are Node's, as it printed them.

TEST_F(LoopTest, ReturnsAtOnceWhereThereIsNothingToDo) {
  loop.run();
  EXPECT_FALSE(loop.poll());
}

TEST_F(LoopTest, RunsTicksInTheOrderQueuedBeforeAllElse) {
  loop.set_immediate(says("immediate"));
  loop.next_tick([&] {
    log.add("tick1");
    loop.next_tick(says("tick3"));
  });
  loop.next_tick(says("tick2"));
  log.add("sync");
  EXPECT_EQ(after_run(), "sync tick1 tick2 tick3 immediate");
}

TEST_F(LoopTest, RunsTicksBetweenImmediatesAndNewImmediatesATurnLater) {
  loop.set_immediate([&] {
    log.add("imm1");
    loop.next_tick(says("tick"));
    loop.set_immediate(says("imm3"));
    loop.post(says("next-turn"));
  });
  loop.set_immediate(says("imm2"));
  EXPECT_EQ(after_run(), "imm1 tick imm2 next-turn imm3");
}

TEST_F(LoopTest, RunsTickThenImmediateThenTimeoutAfterIo) {
  const Loop::KeepAlive alive(loop);
  loop.post([&] {
    log.add("io");
    loop.set_timeout(0ms, [&] {
      log.add("timeout");
      loop.stop();
    });
    loop.set_immediate(says("immediate"));
    loop.next_tick(says("tick"));
  });
  EXPECT_EQ(after_run(), "io tick immediate timeout");
}

TEST_F(LoopTest, RunsAllTicksOfTicksBeforeAnImmediate) {
  loop.set_immediate(says("immediate"));
  std::function<void()> again = [&, left = 100]() mutable {
    if (--left == 0) return log.add("ticks-done");
    loop.next_tick([&] { again(); });
  };
  loop.next_tick([&] { again(); });
  EXPECT_EQ(after_run(), "ticks-done immediate");
}

TEST_F(LoopTest, RunsImmediatesWithoutWaitingForATimer) {
  const Ref<Timer> timer = loop.set_timeout(std::chrono::hours(1), says("never"));
  loop.set_immediate([&] {
    log.add("immediate");
    loop.set_immediate([&] { timer->clear(); });
  });
  EXPECT_EQ(after_run(), "immediate");
}

TEST_F(LoopTest, MayBeRunAgain) {
  loop.set_immediate(says("first"));
  EXPECT_EQ(after_run(), "first");
  loop.next_tick(says("second"));
  EXPECT_EQ(after_run(), "second");
  loop.set_timeout(1ms, says("third"));
  EXPECT_EQ(after_run(), "third");
}

TEST_F(LoopTest, RunsOnAnyOneThread) {
  std::thread([&] {
    Loop other;
    other.set_immediate(says("immediate"));
    other.run();
  }).join();
  EXPECT_EQ(log.take(), "immediate");
}

// clear

TEST_F(LoopTest, NeverRunsAnImmediateThatWasCleared) {
  const auto owned = std::make_shared<int>();
  const Ref<Immediate> immediate = loop.set_immediate([&, owned] { log.add("never"); });
  immediate->clear();
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_EQ(after_run(), "");
}

TEST_F(LoopTest, NeverRunsAnImmediateThatTheOneBeforeItOrItsTickCleared) {
  Ref<Immediate> second;
  Ref<Immediate> third;
  loop.set_immediate([&] {
    log.add("imm1");
    second->clear();
    loop.next_tick([&] { third->clear(); });
  });
  second = loop.set_immediate(says("never"));
  third = loop.set_immediate(says("never"));
  loop.set_immediate(says("imm4"));
  EXPECT_EQ(after_run(), "imm1 imm4");
}

TEST_F(LoopTest, LetsAnImmediateBeClearedByItselfAndAfterwards) {
  Ref<Immediate> immediate;
  immediate = loop.set_immediate([&, owned = std::make_unique<std::string>("immediate")] {
    immediate->clear();
    log.add(*owned);
  });
  EXPECT_EQ(after_run(), "immediate");
  immediate->clear();
}

// --- Uncaught exceptions ---

// stop, poll, KeepAlive

TEST_F(LoopTest, StopEndsTheRunAfterThisTurnAndTheNextRunContinues) {
  loop.set_immediate([&] {
    log.add("imm1");
    loop.stop();
    loop.next_tick(says("tick"));
    loop.set_immediate(says("imm3"));
  });
  loop.set_immediate(says("imm2"));
  EXPECT_EQ(after_run(), "imm1 tick imm2");
  EXPECT_EQ(after_run(), "imm3");
}

TEST_F(LoopTest, PollRunsReadyCallbacksAndDoesNotWait) {
  const Ref<Timer> timer = loop.set_timeout(std::chrono::hours(1), says("never"));
  loop.next_tick(says("tick"));
  loop.set_immediate(says("immediate"));
  loop.post(says("post"));
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(log.take(), "tick post immediate");
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(log.take(), "");
  timer->clear();
  while (loop.poll()) {
  }
  EXPECT_EQ(log.take(), "");
}

TEST_F(LoopTest, PollReportsARemainingImmediate) {
  loop.set_immediate([&] { loop.set_immediate(says("second")); });
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(log.take(), "");
  EXPECT_FALSE(loop.poll());
  EXPECT_EQ(log.take(), "second");
}

TEST_F(LoopTest, RunsForAsLongAsItIsKeptAlive) {
  std::optional<Loop::KeepAlive> first(loop);
  std::optional<Loop::KeepAlive> second(loop);
  loop.set_timeout(1ms,
                   [&] {
                     log.add("first");
                     first.reset();
                     loop.set_timeout(1ms,
                                      [&] {
                                        log.add("second");
                                        second.reset();
                                      })
                         ->unref();
                   })
      ->unref();
  EXPECT_EQ(after_run(), "first second");
}

TEST_F(LoopTest, EndsWhereAnotherThreadReleasesTheLastKeepAlive) {
  for (int i = 0; i < 20; ++i) {
    std::optional<Loop::KeepAlive> mine(loop);
    std::thread other([theirs = std::make_unique<Loop::KeepAlive>(loop)]() mutable {
      std::this_thread::yield();
      theirs.reset();
    });
    loop.set_immediate([&] { mine.reset(); });
    loop.run();
    other.join();
  }
}

TEST_F(LoopTest, StaysAliveForAKeepAliveThatFollowsOneReleasedElsewhere) {
  std::optional<Loop::KeepAlive> later;
  std::thread([first = Loop::KeepAlive(loop)] {}).join();
  later.emplace(loop);
  loop.set_timeout(1ms,
                   [&] {
                     log.add("timeout");
                     later.reset();
                   })
      ->unref();
  EXPECT_EQ(after_run(), "timeout");
}

TEST_F(LoopTest, IsKeptAliveOnTheThreadThatRunsItNext) {
  loop.run();
  std::thread([this] {
    std::optional<Loop::KeepAlive> alive(loop);
    loop.set_timeout(1ms,
                     [&] {
                       log.add("timeout");
                       alive.reset();
                     })
        ->unref();
    loop.run();
  }).join();
  EXPECT_EQ(log.take(), "timeout");
}

TEST_F(LoopTest, IsKeptAliveByAMovedKeepAlive) {
  Loop::KeepAlive outer(loop);
  {
    Loop::KeepAlive inner(std::move(outer));
    EXPECT_TRUE(loop.poll());
    outer = std::move(inner);
    EXPECT_TRUE(loop.poll());
  }
  EXPECT_TRUE(loop.poll());
  {
    const Loop::KeepAlive last = std::move(outer);
  }
  EXPECT_FALSE(loop.poll());
}

TEST_F(LoopTest, GivesWarningsToTheHandler) {
  loop.on_warning([&](const Warning& warning) { log.add(warning.name); });
  loop.ticks().warn({"LeakWarning", "leaks"});
  EXPECT_EQ(after_run(), "LeakWarning");
}

// destruction

class DestroyedLoop : public testing::Test {
 protected:
  auto never() {
    return [owned = owned_] { FAIL() << "was called"; };
  }
  void TearDown() override { EXPECT_EQ(owned_.use_count(), 1) << "a call was leaked"; }

  std::shared_ptr<int> owned_ = std::make_shared<int>();
};

TEST_F(DestroyedLoop, RunsNoPendingCallback) {
  Loop loop;
  loop.set_timeout(1ms, never());
  loop.set_interval(1ms, never())->unref();
  loop.set_immediate(never());
  loop.next_tick(never());
  loop.post(never());
  test::work_for(2ms);
}

TEST_F(DestroyedLoop, RunsNoCallbackThatAnExceptionLeftPending) {
  Loop loop;
  loop.set_immediate([&] {
    loop.next_tick(never());
    throw std::runtime_error("immediate");
  });
  loop.set_immediate(never());
  EXPECT_THROW(loop.run(), std::runtime_error);
}

TEST_F(DestroyedLoop, LeavesTimersAndImmediatesThatNeverRun) {
  Ref<Timer> timer;
  Ref<Immediate> immediate;
  {
    Loop loop;
    timer = loop.set_interval(1ms, never());
    immediate = loop.set_immediate(never());
  }
  EXPECT_FALSE(timer->has_ref());
  timer->ref();
  timer->unref();
  timer->clear();
  immediate->clear();
}

TEST_F(DestroyedLoop, DropsTimersImmediatesAndSignalsThatTheirOwnCallsOwn) {
  Loop loop;
  const auto own = [&](auto owner) { return [owner, owned = owned_] { FAIL() << "was called"; }; };
  const auto timer = std::make_shared<Ref<Timer>>();
  *timer = loop.set_timeout(1ms, own(timer));
  const auto interval = std::make_shared<Ref<Timer>>();
  *interval = loop.set_interval(1ms, own(interval));
  const auto immediate = std::make_shared<Ref<Immediate>>();
  *immediate = loop.set_immediate(own(immediate));
  const auto signal = std::make_shared<std::optional<Signal>>();
  signal->emplace(loop, SIGUSR1, own(signal));
}

TEST_F(DestroyedLoop, LeavesASignalThatNeverRuns) {
  std::optional<Signal> signal;
  {
    Loop loop;
    signal.emplace(loop, SIGUSR1, never());
  }
  Signal moved = *std::move(signal);
}

TEST_F(DestroyedLoop, LeavesAKeepAliveWithoutEffect) {
  std::optional<Loop> loop(std::in_place);
  Loop::KeepAlive alive(*loop);
  loop.reset();
  Loop::KeepAlive moved = std::move(alive);
  std::thread([moved = std::move(moved)] {}).join();
}

TEST_F(DestroyedLoop, LeavesAnEmitterThatWarnsOfNoLeakAnyMore) {
  std::optional<Loop> loop(std::in_place);
  Emitter<Error> emitter(&loop->ticks());
  loop.reset();
  for (int i = 0; i < 11; ++i) emitter.on<Error>([] {});
  EXPECT_TRUE(emitter.emit(Error("boom")));
}

TEST_F(DestroyedLoop, DropsCallbacksThatAreSetDuringItsDestruction) {
  struct SetsMore {
    Loop& loop;
    std::shared_ptr<int> owned;
    SetsMore(Loop& l, std::shared_ptr<int> o) : loop(l), owned(std::move(o)) {}
    SetsMore(const SetsMore&) = delete;
    SetsMore& operator=(const SetsMore&) = delete;
    ~SetsMore() {
      const auto never = [owned = owned] { FAIL() << "was called"; };
      loop.next_tick(never);
      loop.set_immediate(never);
      loop.set_timeout(1ms, never);
      loop.set_interval(1ms, never);
      loop.post(never);
    }
  };
  Loop loop;
  const auto set_more = [&] {
    return [owned = std::make_unique<SetsMore>(loop, owned_)] { FAIL() << "was called"; };
  };
  loop.next_tick(set_more());
  loop.set_immediate(set_more());
  loop.set_timeout(1ms, set_more());
  loop.post(set_more());
}

TEST_F(DestroyedLoop, MayHaveBeenStoppedWhileItDidNotRun) {
  Loop loop;
  loop.set_timeout(1ms, never());
  loop.stop();
}

TEST_F(DestroyedLoop, DropsExceptionsThatRunHasNotThrown) {
  Loop loop;
  loop.post([] { throw std::runtime_error("first"); });
  loop.post([] { throw std::runtime_error("second"); });
  EXPECT_THROW(loop.poll(), std::runtime_error);
}

TEST_F(LoopTest, AnEmptyCallIsRefusedWhereItIsGiven) {
  const auto refused = [](auto call) {
    return test::name_of(test::thrown_by(call)) == "ERR_INVALID_ARG_TYPE";
  };
  const std::function<void()> none;
  EXPECT_TRUE(refused([&] { loop.next_tick(none); }));
  EXPECT_TRUE(refused([&] { loop.set_immediate(none); }));
  EXPECT_TRUE(refused([&] { loop.set_immediate(nullptr); }));
  EXPECT_TRUE(refused([&] { loop.set_timeout(1ms, none); }));
  EXPECT_TRUE(refused([&] { loop.set_interval(1ms, static_cast<void (*)()>(nullptr)); }));
  EXPECT_TRUE(refused([&] { loop.post(none); }));
  EXPECT_TRUE(refused([&] { const Signal signal(loop, SIGUSR1, none); }));
  EXPECT_FALSE(loop.poll()) << "nothing is left of what was refused";
}

TEST(LoopLimitsTest, ThrowsHoweverFewDescriptorsAreLeft) {
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  std::make_unique<Loop>();  // libuv's signal pipe stays
  const std::size_t before = test::open_descriptors();
  int made = 0;
  int refused = 0;
  for (rlim_t limit = 3; limit < 3 + before + 20; ++limit) {
    rlimit few = usual;
    few.rlim_cur = limit;
    ::setrlimit(RLIMIT_NOFILE, &few);
    try {
      Loop loop;
      ++made;
    } catch (const Error& error) {
      EXPECT_EQ(error.name(), "EMFILE") << error.what();
      ++refused;
    }
    ::setrlimit(RLIMIT_NOFILE, &usual);
    EXPECT_EQ(test::open_descriptors(), before) << limit;
  }
  EXPECT_GT(made, 0);
  EXPECT_GT(refused, 0);
}

TEST_F(LoopTest, ATimersRefAndUnrefReturnIt) {
  const Ref<Timer> timer = loop.set_timeout(std::chrono::hours(1), says("never"));
  EXPECT_EQ(&timer->ref().unref(), timer.get());
  loop.run();
}

}  // namespace
}  // namespace weir
