#include "loop/attachment.h"

#include <weir/loop/loop.h>

#include <optional>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct First final : internal::Attachment {
  explicit First(Loop& loop) : made_on(&loop) {}
  ~First() override {
    if (gone) *gone = true;
  }
  Loop* made_on;
  bool* gone = nullptr;
};
struct Second final : internal::Attachment {
  explicit Second(Loop&) {}
};

TEST(Attachment, IsOneOfEachTypeForALoop) {
  Loop loop;
  Loop other;
  First& first = internal::attachment<First>(loop);
  EXPECT_EQ(first.made_on, &loop);
  EXPECT_EQ(&internal::attachment<First>(loop), &first);
  EXPECT_NE(&internal::attachment<First>(other), &first);
  EXPECT_NE(static_cast<internal::Attachment*>(&internal::attachment<Second>(loop)), &first);
}

TEST(Attachment, GoesWithItsLoop) {
  bool gone = false;
  std::optional<Loop> loop;
  loop.emplace();
  internal::attachment<First>(*loop).gone = &gone;
  loop->run();
  EXPECT_FALSE(gone);
  loop.reset();
  EXPECT_TRUE(gone);
}

}  // namespace
}  // namespace weir
