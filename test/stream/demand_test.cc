#include <weir/stream/internal/demand.h>

#include <gtest/gtest.h>

namespace weir::internal {
namespace {

TEST(Demand, BeginsWithoutAny) {
  const Demand demand;
  EXPECT_FALSE(demand.is_wanted());
  EXPECT_FALSE(demand.is_done());
}

TEST(Demand, APushThatLeavesRoomKeepsIt) {
  Demand demand;
  demand.want();
  demand.pushing();
  demand.pushed(true);
  EXPECT_TRUE(demand.is_wanted());
  demand.pushing();
  demand.pushed(false);
  EXPECT_FALSE(demand.is_wanted());
}

TEST(Demand, AWishDuringThePushCounts) {
  Demand demand;
  demand.want();
  demand.pushing();
  demand.want();
  demand.pushed(false);
  EXPECT_TRUE(demand.is_wanted());
}

TEST(Demand, NothingIsWantedOnceItIsDone) {
  Demand demand;
  demand.want();
  EXPECT_TRUE(demand.done());
  EXPECT_FALSE(demand.done());
  demand.want();
  demand.pushing();
  demand.pushed(true);
  EXPECT_FALSE(demand.is_wanted());
  EXPECT_TRUE(demand.is_done());
}

}  // namespace
}  // namespace weir::internal
