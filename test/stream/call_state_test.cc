#include <weir/stream/internal/call_state.h>

#include <gtest/gtest.h>

namespace weir::internal {
namespace {

TEST(CallState, AnAnswerDuringTheCallEndsIt) {
  CallState call;
  EXPECT_TRUE(call.is_idle());
  call.call();
  EXPECT_TRUE(call.is_calling());
  EXPECT_TRUE(call.is_on_stack());
  EXPECT_TRUE(call.awaits_answer());
  call.answer();
  EXPECT_FALSE(call.is_calling());
  EXPECT_TRUE(call.is_on_stack());
  EXPECT_FALSE(call.awaits_answer());
  call.leave();
  EXPECT_TRUE(call.is_idle());
}

TEST(CallState, AnAnswerAfterTheCallIsAwaited) {
  CallState call;
  call.call();
  call.leave();
  EXPECT_FALSE(call.is_idle());
  EXPECT_FALSE(call.is_on_stack());
  EXPECT_TRUE(call.awaits_answer());
  call.answer();
  EXPECT_TRUE(call.is_idle());
}

// As Node's `sync` flag: the return of the inner call ends the outer one's.
TEST(CallState, AnotherCallMayFollowTheAnswerWithinTheFirst) {
  CallState call;
  call.call();
  call.answer();
  call.call();
  EXPECT_TRUE(call.is_calling());
  call.leave();
  EXPECT_FALSE(call.is_on_stack());
  EXPECT_TRUE(call.awaits_answer());
  call.leave();
  EXPECT_TRUE(call.awaits_answer());
  call.answer();
  EXPECT_TRUE(call.is_idle());
}

TEST(CallState, AFunctionWithAnotherAnswerIsOnlyOnTheStack) {
  CallState call;
  call.enter();
  EXPECT_TRUE(call.is_on_stack());
  EXPECT_FALSE(call.awaits_answer());
  EXPECT_FALSE(call.is_calling());
  call.leave();
  EXPECT_TRUE(call.is_idle());
}

TEST(CallState, AnAnswerTooManyChangesNothing) {
  CallState call;
  call.answer();
  EXPECT_TRUE(call.is_idle());
}

}  // namespace
}  // namespace weir::internal
