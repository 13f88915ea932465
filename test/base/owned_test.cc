#include <weir/base/owned.h>

#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct CountedDestruction {
  explicit CountedDestruction(int& counter) : count(counter) { ++count; }
  CountedDestruction(const CountedDestruction&) = delete;
  ~CountedDestruction() { --count; }
  int& count;
};

TEST(Owned, DestroysItsObjectOnce) {
  int alive = 0;
  {
    const Owned<CountedDestruction> owned = make_owned<CountedDestruction>(alive);
    EXPECT_TRUE(owned);
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(&owned->count, &(*owned).count);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Owned, IsEmptyOnceItsObjectHasMoved) {
  int alive = 0;
  Owned<CountedDestruction> from = make_owned<CountedDestruction>(alive);
  CountedDestruction* const object = from.get();
  const Owned<CountedDestruction> to = std::move(from);
  EXPECT_FALSE(from);  // NOLINT: moved from
  EXPECT_EQ(to.get(), object);
  EXPECT_EQ(alive, 1);
}

TEST(Owned, DestroysTheOldObjectOnAssignment) {
  int first = 0, second = 0;
  Owned<CountedDestruction> owned = make_owned<CountedDestruction>(first);
  owned = make_owned<CountedDestruction>(second);
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
  owned = nullptr;
  EXPECT_EQ(second, 0);
  EXPECT_FALSE(owned);
}

// A destructor may use the object's owner.
TEST(Owned, HasItsNewObjectBeforeTheOldOneIsDestroyed) {
  struct Looking {
    Owned<Looking>* owner;
    bool* was_replaced;
    ~Looking() {
      if (was_replaced) *was_replaced = owner->get() != this;
    }
  };
  bool was_replaced = false;
  Owned<Looking> owned;
  owned = Owned(new Looking{&owned, &was_replaced});
  owned = Owned(new Looking{&owned, nullptr});
  EXPECT_TRUE(was_replaced);
}

}  // namespace
}  // namespace weir
