// When a client is too slow, at times of the test's own.
#include "http/peer_pace.h"

#include <gtest/gtest.h>

namespace weir::http {
namespace {

using std::chrono_literals::operator""ms;

constexpr Clock::time_point kStart{};
constexpr RequestPace::Limits kLimits{.head = 100ms, .request = 300ms};

TEST(RequestPaceTest, AHeadAndAMessageHaveALimitEachFromTheFirstByte) {
  RequestPace pace(kStart);
  EXPECT_FALSE(pace.is_slow(kStart + 100ms, kLimits));
  EXPECT_TRUE(pace.is_slow(kStart + 101ms, kLimits));

  pace.on_begin(kStart + 50ms);
  EXPECT_FALSE(pace.is_slow(kStart + 150ms, kLimits));
  EXPECT_TRUE(pace.is_slow(kStart + 151ms, kLimits));

  pace.on_head();
  EXPECT_FALSE(pace.is_slow(kStart + 350ms, kLimits));
  EXPECT_TRUE(pace.is_slow(kStart + 351ms, kLimits));

  pace.on_complete();
  EXPECT_TRUE(pace.is_idle());
  EXPECT_FALSE(pace.is_slow(kStart + 1000ms, kLimits));
}

TEST(RequestPaceTest, ALimitOfZeroIsNone) {
  RequestPace pace(kStart);
  EXPECT_FALSE(pace.is_slow(kStart + 10000ms, {.head = 0ms, .request = 0ms}));
  EXPECT_TRUE(pace.is_slow(kStart + 301ms, {.head = 0ms, .request = 300ms}));
}

TEST(WritePaceTest, AClientStallsThatAcknowledgesNoByteWhileOutputWaits) {
  WritePace pace;
  EXPECT_FALSE(pace.is_stalled(kStart, 100ms, true, 0));
  EXPECT_FALSE(pace.is_stalled(kStart + 99ms, 100ms, true, 0));
  EXPECT_TRUE(pace.is_stalled(kStart + 100ms, 100ms, true, 0));
}

TEST(WritePaceTest, AnAcknowledgementAndAnEmptyBufferBeginTheTimeAnew) {
  WritePace pace;
  EXPECT_FALSE(pace.is_stalled(kStart, 100ms, true, 0));
  EXPECT_FALSE(pace.is_stalled(kStart + 90ms, 100ms, true, 7));
  EXPECT_FALSE(pace.is_stalled(kStart + 110ms, 100ms, true, 7));
  EXPECT_FALSE(pace.is_stalled(kStart + 150ms, 100ms, false, 7));
  EXPECT_FALSE(pace.is_stalled(kStart + 220ms, 100ms, true, 7));
  EXPECT_TRUE(pace.is_stalled(kStart + 320ms, 100ms, true, 7));
}

}  // namespace
}  // namespace weir::http
