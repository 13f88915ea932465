#include <weir/base/ref.h>

#include <type_traits>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct CountedBase : RefCounted {
  static inline int alive = 0;
  explicit CountedBase(int n = 0) : number(n) { ++alive; }
  ~CountedBase() override { --alive; }
  int number;
};
struct CountedDerived : CountedBase {
  using CountedBase::CountedBase;
};

class RefTest : public testing::Test {
 protected:
  void SetUp() override { CountedBase::alive = 0; }
  void TearDown() override { EXPECT_EQ(CountedBase::alive, 0); }
};

TEST_F(RefTest, WithoutAnObjectIsNull) {
  const Ref<CountedBase> none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(none.get(), nullptr);
  EXPECT_FALSE(none.unique());
  EXPECT_EQ(Ref<CountedBase>(nullptr), none);
}

TEST_F(RefTest, LastOneTakesTheObjectWithIt) {
  Ref<CountedBase> a = make_ref<CountedBase>(7);
  EXPECT_EQ(a->number, 7);
  EXPECT_EQ((*a).number, 7);
  Ref<CountedBase> b = a;
  EXPECT_EQ(a, b);
  a = nullptr;
  EXPECT_EQ(CountedBase::alive, 1);
  b = nullptr;
  EXPECT_EQ(CountedBase::alive, 0);
}

TEST_F(RefTest, MovingHandsTheCountOn) {
  Ref<CountedBase> a = make_ref<CountedBase>();
  Ref<CountedBase> b = std::move(a);
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(b.unique());
}

TEST_F(RefTest, IsUniqueWhileNoOtherCountsTheObject) {
  Ref<CountedBase> a = make_ref<CountedBase>();
  EXPECT_TRUE(a.unique());
  {
    const Ref<CountedBase> b = a;
    EXPECT_FALSE(a.unique());
  }
  EXPECT_TRUE(a.unique());
}

TEST_F(RefTest, SurvivesAssignmentToItself) {
  Ref<CountedBase> a = make_ref<CountedBase>(7);
  const Ref<CountedBase>& alias = a;
  a = alias;
  EXPECT_EQ(a->number, 7);
  EXPECT_TRUE(a.unique());
}

TEST_F(RefTest, ConvertsToItsBaseAndToConstOnly) {
  const Ref<CountedDerived> derived = make_ref<CountedDerived>(7);
  Ref<CountedBase> base = derived;
  EXPECT_EQ(base.get(), derived.get());
  const Ref<const CountedBase> constant = base;
  EXPECT_EQ(constant->number, 7);
  base = make_ref<CountedDerived>(8);
  EXPECT_EQ(base->number, 8);
  static_assert(!std::is_convertible_v<Ref<CountedBase>, Ref<CountedDerived>>);
  static_assert(!std::is_convertible_v<Ref<const CountedBase>, Ref<CountedBase>>);
}

TEST_F(RefTest, CanBeTakenFromTheObjectAgain) {
  const Ref<CountedBase> a = make_ref<CountedBase>();
  {
    const Ref<CountedBase> b(a.get());
    EXPECT_FALSE(a.unique());
  }
  EXPECT_EQ(CountedBase::alive, 1);
}

TEST_F(RefTest, DetachGivesUpTheCountWithoutReleasingIt) {
  Ref<CountedBase> a = make_ref<CountedBase>();
  CountedBase* const object = a.detach();
  EXPECT_FALSE(a);
  {
    const Ref<CountedBase> b(object);
    EXPECT_FALSE(b.unique());
  }
  EXPECT_EQ(CountedBase::alive, 1);
  delete object;  // no Ref is left to do it
}

TEST_F(RefTest, PinKeepsTheObjectForAScope) {
  Ref<CountedBase> a = make_ref<CountedBase>(7);
  {
    CountedBase& object = *a;
    const Pin alive(object);
    a = nullptr;
    EXPECT_EQ(object.number, 7);
    EXPECT_EQ(CountedBase::alive, 1);
  }
  EXPECT_EQ(CountedBase::alive, 0);
}

TEST_F(RefTest, ObjectMayLiveOnAfterItsLastRef) {
  struct Lingering : CountedBase {
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
  EXPECT_EQ(CountedBase::alive, 0);
}

TEST_F(RefTest, ReplacedRefIsAlreadyTheNewOneWhenTheOldObjectIsDestroyed) {
  struct Watching : CountedBase {
    Ref<CountedBase>* holder = nullptr;
    CountedBase** seen = nullptr;
    ~Watching() override { *seen = holder->get(); }
  };
  Ref<CountedBase> holder;
  CountedBase* seen = nullptr;
  Ref<Watching> old = make_ref<Watching>();
  old->holder = &holder;
  old->seen = &seen;
  holder = old;
  old = nullptr;
  holder = make_ref<CountedBase>();
  EXPECT_NE(seen, nullptr);
  EXPECT_EQ(seen, holder.get());
}

}  // namespace
}  // namespace weir
