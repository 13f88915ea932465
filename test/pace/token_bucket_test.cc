#include "pace/token_bucket.h"

#include <chrono>
#include <cstdint>
#include <random>

#include <gtest/gtest.h>

namespace weir::internal {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

__extension__ using Wide = unsigned __int128;

const TokenBucket::time_point kStart{hours(1)};

TEST(TokenBucketTest, StartsFullAndFillsAtTheRate) {
  TokenBucket bucket(1000, 100, kStart);
  EXPECT_EQ(bucket.tokens(kStart), 100u);
  bucket.take(100);
  EXPECT_EQ(bucket.tokens(kStart), 0u);
  EXPECT_EQ(bucket.tokens(kStart + microseconds(999)), 0u);
  EXPECT_EQ(bucket.tokens(kStart + milliseconds(1)), 1u);
  EXPECT_EQ(bucket.tokens(kStart + milliseconds(50)), 50u);
  EXPECT_EQ(bucket.tokens(kStart + seconds(50)), 100u);
}

TEST(TokenBucketTest, LosesNoFractionHoweverOftenItIsRead) {
  for (const std::uint64_t rate :
       {1ull, 3ull, 7ull, 999'999'937ull, 1'000'000'000ull, 12'345'678'901ull}) {
    TokenBucket bucket(rate, std::uint64_t{1} << 53, kStart);
    bucket.take(std::uint64_t{1} << 53);
    std::mt19937 random(1);
    auto now = kStart;
    while (now < kStart + seconds(3)) bucket.tokens(now += nanoseconds(1 + random() % 3'000'000));
    const auto expected = static_cast<Wide>((now - kStart).count()) * rate / 1'000'000'000;
    EXPECT_EQ(bucket.tokens(now), static_cast<std::uint64_t>(expected)) << rate;
  }
}

TEST(TokenBucketTest, KnowsToTheNanosecondWhenItHasEnough) {
  for (const std::uint64_t rate : {1ull, 3ull, 1000ull, 999'999'937ull, 123'456'789'012ull})
    for (const std::uint64_t bytes : {1ull, 2ull, 77ull, 1000ull}) {
      TokenBucket bucket(rate, 1000, kStart);
      bucket.take(1000);
      const auto time = bucket.time_until(bytes);
      TokenBucket before = bucket;
      EXPECT_LT(before.tokens(kStart + time - nanoseconds(1)), bytes) << rate;
      EXPECT_GE(bucket.tokens(kStart + time), bytes) << rate;
    }
}

TEST(TokenBucketTest, WaitsForAFullBucketAtMost) {
  TokenBucket bucket(10, 5, kStart);
  bucket.take(5);
  EXPECT_EQ(bucket.time_until(1'000'000), milliseconds(500));
  EXPECT_EQ(bucket.time_until(0), nanoseconds(0));
  EXPECT_EQ(TokenBucket(10, 5, kStart).time_until(1'000'000), nanoseconds(0));
}

TEST(TokenBucketTest, AClockThatJumpsNeitherOverflowsNorEmptiesIt) {
  constexpr std::uint64_t kMost = (std::uint64_t{1} << 53) - 1;
  for (const std::uint64_t rate : {std::uint64_t{1}, kMost})
    for (const std::uint64_t burst : {std::uint64_t{1}, kMost}) {
      TokenBucket bucket(rate, burst, kStart);
      bucket.take(burst);
      EXPECT_EQ(bucket.tokens(kStart - hours(1)), 0u);
      EXPECT_GT(bucket.time_until(1).count(), 0);
      EXPECT_GT(bucket.time_until(burst).count(), 0);
      if (burst == 1 || rate == kMost) {
        EXPECT_EQ(bucket.tokens(kStart + hours(24 * 365 * 100)), burst);
      }
      EXPECT_LE(bucket.tokens(kStart), burst);
    }
}

}  // namespace
}  // namespace weir::internal
