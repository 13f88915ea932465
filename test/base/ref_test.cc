#include <weir/base/ref.h>

#include <type_traits>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct Base : RefCounted {
  static inline int alive = 0;
  explicit Base(int n = 0) : number(n) { ++alive; }
  ~Base() override { --alive; }
  int number;
};
struct Derived : Base {
  using Base::Base;
};

class RefTest : public testing::Test {
 protected:
  void SetUp() override { Base::alive = 0; }
  void TearDown() override { EXPECT_EQ(Base::alive, 0); }
};

TEST_F(RefTest, WithoutAnObjectIsNull) {
  const Ref<Base> none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(none.get(), nullptr);
  EXPECT_FALSE(none.unique());
  EXPECT_EQ(Ref<Base>(nullptr), none);
}

TEST_F(RefTest, LastOneTakesTheObjectWithIt) {
  Ref<Base> a = make_ref<Base>(7);
  EXPECT_EQ(a->number, 7);
  EXPECT_EQ((*a).number, 7);
  Ref<Base> b = a;
  EXPECT_EQ(a, b);
  a = nullptr;
  EXPECT_EQ(Base::alive, 1);
  b = nullptr;
  EXPECT_EQ(Base::alive, 0);
}

TEST_F(RefTest, MovingHandsTheCountOn) {
  Ref<Base> a = make_ref<Base>();
  Ref<Base> b = std::move(a);
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(b.unique());
}

TEST_F(RefTest, IsUniqueWhileNoOtherCountsTheObject) {
  Ref<Base> a = make_ref<Base>();
  EXPECT_TRUE(a.unique());
  {
    const Ref<Base> b = a;
    EXPECT_FALSE(a.unique());
  }
  EXPECT_TRUE(a.unique());
}

TEST_F(RefTest, SurvivesAssignmentToItself) {
  Ref<Base> a = make_ref<Base>(7);
  const Ref<Base>& alias = a;
  a = alias;
  EXPECT_EQ(a->number, 7);
  EXPECT_TRUE(a.unique());
}

TEST_F(RefTest, ConvertsToItsBaseAndToConstOnly) {
  const Ref<Derived> derived = make_ref<Derived>(7);
  Ref<Base> base = derived;
  EXPECT_EQ(base.get(), derived.get());
  const Ref<const Base> constant = base;
  EXPECT_EQ(constant->number, 7);
  base = make_ref<Derived>(8);
  EXPECT_EQ(base->number, 8);
  static_assert(!std::is_convertible_v<Ref<Base>, Ref<Derived>>);
  static_assert(!std::is_convertible_v<Ref<const Base>, Ref<Base>>);
}

TEST_F(RefTest, CanBeTakenFromTheObjectAgain) {
  const Ref<Base> a = make_ref<Base>();
  {
    const Ref<Base> b(a.get());
    EXPECT_FALSE(a.unique());
  }
  EXPECT_EQ(Base::alive, 1);
}

TEST_F(RefTest, DetachGivesUpTheCountWithoutReleasingIt) {
  Ref<Base> a = make_ref<Base>();
  Base* const object = a.detach();
  EXPECT_FALSE(a);
  {
    const Ref<Base> b(object);
    EXPECT_FALSE(b.unique());
  }
  EXPECT_EQ(Base::alive, 1);
  delete object;  // no Ref is left to do it
}

TEST_F(RefTest, PinKeepsTheObjectForAScope) {
  Ref<Base> a = make_ref<Base>(7);
  {
    Base& object = *a;
    const Pin alive(object);
    a = nullptr;
    EXPECT_EQ(object.number, 7);
    EXPECT_EQ(Base::alive, 1);
  }
  EXPECT_EQ(Base::alive, 0);
}

TEST_F(RefTest, ObjectMayLiveOnAfterItsLastRef) {
  struct Lingering : Base {
    Ref<Lingering>* heir = nullptr;
    int calls = 0;
    void on_last_ref() noexcept override {
      if (++calls == 1)
        *heir = Ref<Lingering>(this);
      else
        delete this;
    }
  };
  Ref<Lingering> heir;
  {
    const Ref<Lingering> last = make_ref<Lingering>();
    last->heir = &heir;
  }
  ASSERT_TRUE(heir);
  EXPECT_EQ(heir->calls, 1);
  EXPECT_TRUE(heir.unique());
  heir = nullptr;
  EXPECT_EQ(Base::alive, 0);
}

TEST_F(RefTest, ReplacedRefIsAlreadyTheNewOneWhenTheOldObjectIsDestroyed) {
  struct Watching : Base {
    Ref<Base>* holder = nullptr;
    Base** seen = nullptr;
    ~Watching() override { *seen = holder->get(); }
  };
  Ref<Base> holder;
  Base* seen = nullptr;
  Ref<Watching> old = make_ref<Watching>();
  old->holder = &holder;
  old->seen = &seen;
  holder = old;
  old = nullptr;
  holder = make_ref<Base>();
  EXPECT_NE(seen, nullptr);
  EXPECT_EQ(seen, holder.get());
}

}  // namespace
}  // namespace weir
