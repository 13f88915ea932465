#include "loop/loop_local.h"

#include <weir/loop/loop.h>

#include <optional>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct First final : internal::LoopLocal {
  explicit First(Loop& loop) : made_on(&loop) {}
  ~First() override {
    if (gone) *gone = true;
  }
  Loop* made_on;
  bool* gone = nullptr;
};
struct Second final : internal::LoopLocal {
  explicit Second(Loop&) {}
};

TEST(LoopLocal, IsOneOfEachTypeForALoop) {
  Loop loop;
  Loop other;
  First& first = internal::loop_local<First>(loop);
  EXPECT_EQ(first.made_on, &loop);
  EXPECT_EQ(&internal::loop_local<First>(loop), &first);
  EXPECT_NE(&internal::loop_local<First>(other), &first);
  EXPECT_NE(static_cast<internal::LoopLocal*>(&internal::loop_local<Second>(loop)), &first);
}

TEST(LoopLocal, IsDestroyedWithItsLoop) {
  bool gone = false;
  std::optional<Loop> loop;
  loop.emplace();
  internal::loop_local<First>(*loop).gone = &gone;
  loop->run();
  EXPECT_FALSE(gone);
  loop.reset();
  EXPECT_TRUE(gone);
}

}  // namespace
}  // namespace weir
