#include "net/send_ahead_limit.h"

#include <chrono>
#include <cstddef>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

using std::chrono::microseconds;

constexpr std::size_t kKibibyte = 1024;
constexpr std::size_t kPlenty = std::size_t{4} << 20;

class SendAheadLimitTest : public testing::Test {
 protected:
  // The limit in KiB while the system reports `room`.
  std::size_t most(std::size_t room = kPlenty) {
    limit.begin(room, now);
    std::size_t size = 0;
    while (limit.allows((size + 1) * kKibibyte, now)) ++size;
    return size;
  }

  SendAheadLimit limit;
  SendAheadLimit::Time now;
};

TEST_F(SendAheadLimitTest, IsNoMoreThanTheSystemHasRoomFor) {
  EXPECT_EQ(most(10 * kKibibyte), 10u);
  EXPECT_EQ(most(0), 0u);
}

TEST_F(SendAheadLimitTest, GrowsToTwiceTheSizeTakenAtOnceUpToALimit) {
  EXPECT_EQ(most(), 64u);
  limit.on_taken(64 * kKibibyte);
  EXPECT_EQ(most(), 128u);
  limit.on_taken(200 * kKibibyte);
  EXPECT_EQ(most(), 400u);
  limit.on_taken(400 * kKibibyte);
  EXPECT_EQ(most(), 512u);
  limit.on_taken(kPlenty);
  EXPECT_EQ(most(), 512u);
}

TEST_F(SendAheadLimitTest, IsNoLessBecauseLittleWasSent) {
  limit.on_taken(100);
  limit.on_taken(0);
  EXPECT_EQ(most(), 64u);
}

TEST_F(SendAheadLimitTest, RestartsFromZeroAfterAnIncompleteSend) {
  limit.on_taken(400 * kKibibyte);
  limit.on_refused();
  EXPECT_EQ(most(), 0u);
  for (const std::size_t kibibytes : {16, 32, 48}) {
    limit.on_taken(most() * kKibibyte);
    EXPECT_EQ(most(), kibibytes);
  }
  limit.on_taken(10 * kKibibyte);  // does not show that more would have been taken
  EXPECT_EQ(most(), 48u);
  limit.on_refused();
  EXPECT_EQ(most(), 0u);
}

TEST_F(SendAheadLimitTest, LastsNoLongerThanTwoTenthsOfAMillisecond) {
  limit.begin(kPlenty, now);
  EXPECT_TRUE(limit.allows(kKibibyte, now + microseconds(200)));
  EXPECT_FALSE(limit.allows(kKibibyte, now + microseconds(201)));
  limit.begin(kPlenty, now + microseconds(300));
  EXPECT_TRUE(limit.allows(kKibibyte, now + microseconds(400)));
}

}  // namespace
}  // namespace weir::net
