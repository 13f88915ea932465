#include "net/holding.h"

#include <chrono>
#include <cstddef>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

using std::chrono::microseconds;

constexpr std::size_t kKibibyte = 1024;
constexpr std::size_t kPlenty = std::size_t{4} << 20;

class HoldingTest : public testing::Test {
 protected:
  // In KiB, where the system says that it has room for so much.
  std::size_t most(std::size_t room = kPlenty) {
    holding.begin(room, now);
    std::size_t size = 0;
    while (holding.allows((size + 1) * kKibibyte, now)) ++size;
    return size;
  }

  Holding holding;
  Holding::Clock::time_point now;
};

TEST_F(HoldingTest, IsNoMoreThanTheSystemHasRoomFor) {
  EXPECT_EQ(most(10 * kKibibyte), 10u);
  EXPECT_EQ(most(0), 0u);
}

TEST_F(HoldingTest, GrowsToTwiceWhatWasTakenAtOnceUpToALimit) {
  EXPECT_EQ(most(), 64u);
  holding.on_taken(64 * kKibibyte);
  EXPECT_EQ(most(), 128u);
  holding.on_taken(200 * kKibibyte);
  EXPECT_EQ(most(), 400u);
  holding.on_taken(400 * kKibibyte);
  EXPECT_EQ(most(), 512u);
  holding.on_taken(kPlenty);
  EXPECT_EQ(most(), 512u);
}

TEST_F(HoldingTest, IsNoLessBecauseLittleWasSent) {
  holding.on_taken(100);
  holding.on_taken(0);
  EXPECT_EQ(most(), 64u);
}

TEST_F(HoldingTest, BeginsAgainFromNothingWhereTheSystemTookLessThanItSaid) {
  holding.on_taken(400 * kKibibyte);
  holding.on_refused();
  EXPECT_EQ(most(), 0u);
  for (const std::size_t kibibytes : {16, 32, 48}) {
    holding.on_taken(most() * kKibibyte);
    EXPECT_EQ(most(), kibibytes);
  }
  holding.on_taken(10 * kKibibyte);  // says nothing about more
  EXPECT_EQ(most(), 48u);
  holding.on_refused();
  EXPECT_EQ(most(), 0u);
}

TEST_F(HoldingTest, LastsNoLongerThanTwoTenthsOfAMillisecond) {
  holding.begin(kPlenty, now);
  EXPECT_TRUE(holding.allows(kKibibyte, now + microseconds(200)));
  EXPECT_FALSE(holding.allows(kKibibyte, now + microseconds(201)));
  holding.begin(kPlenty, now + microseconds(300));
  EXPECT_TRUE(holding.allows(kKibibyte, now + microseconds(400)));
}

}  // namespace
}  // namespace weir::net
