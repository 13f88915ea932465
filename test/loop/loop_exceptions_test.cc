#include "support/loop_test.h"
#include <weir/base/error.h>
#include <weir/event/emitter.h>
#include <weir/loop/loop.h>

#include <functional>
#include <memory>

#include <gmock/gmock.h>

namespace weir {
namespace {

using test::LoopTest;
using test::operator""ms;
using testing::ThrowsMessage;

class LoopExceptionsTest : public LoopTest {};

// --- Uncaught exceptions ---

TEST_F(LoopExceptionsTest, ThrowsTheExceptionOfACall) {
  loop.set_immediate(throws("immediate"));
  EXPECT_THAT([&] { loop.run(); }, ThrowsMessage<std::runtime_error>("immediate threw"));
  EXPECT_EQ(log.take(), "immediate");
  EXPECT_EQ(after_run(), "");
}

TEST_F(LoopExceptionsTest, ThrowsAnErrorWithoutAListener) {
  Emitter<Error> emitter;
  const Error error(Errc::stream_destroyed);
  loop.next_tick([&] { emitter.emit(error); });
  try {
    loop.run();
    FAIL() << "nothing was thrown";
  } catch (const Error& thrown) {
    EXPECT_EQ(thrown, error);
  }
}

TEST_F(LoopExceptionsTest, RunsOnWithTheRestOfTheTicksWhereOneThrew) {
  loop.next_tick(throws("tick1"));
  loop.next_tick(says("tick2"));
  loop.set_immediate(says("immediate"));
  EXPECT_THROW(loop.run(), std::runtime_error);
  EXPECT_EQ(log.take(), "tick1");
  EXPECT_EQ(after_run(), "tick2 immediate");
}

// uv_stop, called outside of uv_run, would end the next one before it began.
TEST_F(LoopExceptionsTest, WaitsForTimersInTheRunAfterATickThrew) {
  loop.next_tick(throws("tick"));
  loop.set_timeout(1ms, says("timeout"));
  EXPECT_THROW(loop.run(), std::runtime_error);
  EXPECT_EQ(after_run(), "tick timeout");
}

TEST_F(LoopExceptionsTest, RunsOnWithTheRestOfTheImmediatesWhereOneThrew) {
  loop.set_immediate([&] {
    loop.next_tick(says("tick"));
    throws("imm1")();
  });
  loop.set_immediate(says("imm2"));
  EXPECT_THROW(loop.run(), std::runtime_error);
  EXPECT_EQ(log.take(), "imm1");
  EXPECT_EQ(after_run(), "tick imm2");
}

TEST_F(LoopExceptionsTest, ThrowsTheExceptionsOfOneTurnOneAfterTheOther) {
  loop.post(throws("post1"));
  loop.post(throws("post2"));
  loop.set_immediate(says("immediate"));
  EXPECT_THAT([&] { loop.run(); }, ThrowsMessage<std::runtime_error>("post1 threw"));
  EXPECT_THAT([&] { loop.run(); }, ThrowsMessage<std::runtime_error>("post2 threw"));
  EXPECT_EQ(after_run(), "post1 post2 immediate");
}

TEST_F(LoopExceptionsTest, PollThrowsAsRunDoes) {
  loop.set_immediate(throws("immediate"));
  EXPECT_THROW(loop.poll(), std::runtime_error);
  EXPECT_FALSE(loop.poll());
}

TEST_F(LoopExceptionsTest, PassesAnExceptionToTheHandlerAndContinues) {
  loop.on_uncaught([&](const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      log.add(std::string("!") + e.what());
    }
  });
  loop.next_tick(throws("tick"));
  loop.set_timeout(1ms, throws("timeout"));
  EXPECT_EQ(after_run(), "tick !tick threw timeout !timeout threw");
}

TEST_F(LoopExceptionsTest, RunsTheNextImmediateBeforeTheTicksOfOneThatThrew) {
  survive();
  loop.set_immediate([&] {
    loop.next_tick(says("tick1"));
    loop.next_tick(says("tick2"));
    throws("imm1")();
  });
  loop.set_immediate([&] {
    log.add("imm2");
    loop.next_tick(says("tick3"));
  });
  loop.set_immediate(says("imm3"));
  EXPECT_EQ(after_run(), "imm1 ! imm2 tick1 tick2 tick3 imm3");
}

TEST_F(LoopExceptionsTest, RunsTheTicksOfTheLastImmediateThoughItThrewBeforeATimer) {
  survive();
  loop.set_immediate([&] {
    loop.set_timeout(1ms, says("timeout"));
    test::work_for(3ms);
    loop.next_tick(says("tick"));
    throws("immediate")();
  });
  EXPECT_EQ(after_run(), "immediate ! tick timeout");
}

TEST_F(LoopExceptionsTest, RunsTheTicksAfterOneThatThrewBeforeTheImmediates) {
  survive();
  loop.post([&] {
    log.add("io");
    loop.next_tick(throws("tick1"));
    loop.next_tick(says("tick2"));
    loop.set_immediate(says("imm1"));
    loop.set_immediate(says("imm2"));
  });
  const Loop::KeepAlive alive(loop);
  loop.set_timeout(1ms, [&] { loop.stop(); });
  EXPECT_EQ(after_run(), "io tick1 ! tick2 imm1 imm2");
}

TEST_F(LoopExceptionsTest, RunsTheTicksOfATimerThatThrewBeforeTheImmediates) {
  survive();
  loop.set_timeout(1ms, [&] {
    loop.next_tick(says("tick"));
    loop.set_immediate(says("immediate"));
    throws("timeout")();
  });
  EXPECT_EQ(after_run(), "timeout ! tick immediate");
}

TEST_F(LoopExceptionsTest, RunsTheTicksOfATimerThatThrewBeforeTheNextIo) {
  survive();
  loop.set_timeout(1ms, [&] {
    loop.next_tick(says("tick"));
    loop.post(says("io"));
    throws("timeout")();
  });
  EXPECT_EQ(after_run(), "timeout ! tick io");
}

TEST_F(LoopExceptionsTest, RunsTheNextTimerBeforeTheTicksOfOneThatThrew) {
  survive();
  loop.set_timeout(1ms, [&] {
    loop.next_tick(says("tick"));
    throws("t1")();
  });
  loop.set_timeout(1ms, says("t2"));
  loop.set_timeout(1ms, says("t3"));
  test::work_for(3ms);  // so that all are due
  EXPECT_EQ(after_run(), "t1 ! t2 tick t3");
}

TEST_F(LoopExceptionsTest, ThrowsTheExceptionOfTheHandler) {
  loop.on_uncaught([](const std::exception_ptr&) { throw std::logic_error("handler threw"); });
  loop.next_tick(throws("tick1"));
  loop.next_tick(says("tick2"));
  EXPECT_THAT([&] { loop.run(); }, ThrowsMessage<std::logic_error>("handler threw"));
  EXPECT_EQ(log.take(), "tick1");
  EXPECT_EQ(after_run(), "tick2");
}

TEST_F(LoopExceptionsTest, LetsTheHandlerGiveUpItsPlace) {
  loop.on_uncaught([&, owned = std::make_unique<std::string>("!")](const std::exception_ptr&) {
    loop.on_uncaught(nullptr);
    log.add(*owned);
  });
  loop.set_immediate(throws("imm1"));
  loop.set_immediate(throws("imm2"));
  EXPECT_THROW(loop.run(), std::runtime_error);
  EXPECT_EQ(log.take(), "imm1 ! imm2");
}

TEST_F(LoopExceptionsTest, RunsTicksThatTheHandlerQueues) {
  loop.on_uncaught([&](const std::exception_ptr&) { loop.next_tick(says("tick")); });
  loop.set_timeout(1ms, throws("timeout"));
  EXPECT_EQ(after_run(), "timeout tick");
}

TEST_F(LoopExceptionsTest, AnEmptyHandlerTakesTheOneBeforeAway) {
  loop.on_uncaught([](const std::exception_ptr&) { FAIL(); });
  loop.on_uncaught(std::function<void(std::exception_ptr)>());
  loop.on_warning([](const Warning&) { FAIL(); });
  loop.on_warning({});
  loop.ticks().warn({"TestWarning", "one that the test expects"});
  loop.set_immediate([] { throw Error("out of run"); });
  EXPECT_THAT([&] { loop.run(); }, ThrowsMessage<Error>("out of run"));
}
}  // namespace
}  // namespace weir
