#include <weir/base/invoke.h>

#include <weir/base/function.h>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct Base {
  int value = 1;
  int times(int factor) const { return value * factor; }
  int change() & { return ++value; }
  int take() && { return std::exchange(value, 0); }
};
struct Derived : Base {};

TEST(Invoke, CallsWhatStandardInvokeCalls) {
  const auto twice = [](int n) { return 2 * n; };
  EXPECT_EQ(internal::invoke(twice, 4), std::invoke(twice, 4));
  int (*const negated)(int) = [](int n) { return -n; };
  EXPECT_EQ(internal::invoke(negated, 4), -4);

  Derived derived;
  EXPECT_EQ(internal::invoke(&Base::times, derived, 4), 4);
  EXPECT_EQ(internal::invoke(&Base::times, &derived, 4), 4);
  EXPECT_EQ(internal::invoke(&Base::times, std::make_unique<Derived>(), 4), 4);
  EXPECT_EQ(internal::invoke(&Base::times, std::make_shared<const Derived>(), 4), 4);
  EXPECT_EQ(internal::invoke(&Base::times, std::ref(derived), 4), 4);
  EXPECT_EQ(internal::invoke(&Base::change, derived), 2);
  EXPECT_EQ(internal::invoke(&Base::take, std::move(derived)), 2);
}

TEST(Invoke, GivesMembersAsStandardInvokeDoes) {
  Derived derived;
  internal::invoke(&Base::value, derived) = 7;
  EXPECT_EQ(derived.value, 7);
  internal::invoke(&Base::value, &derived) = 8;
  EXPECT_EQ(internal::invoke(&Base::value, std::cref(derived)), 8);
  static_assert(std::is_same_v<decltype(internal::invoke(&Base::value, derived)), int&>);
  static_assert(
      std::is_same_v<decltype(internal::invoke(&Base::value, std::move(derived))), int&&>);
  static_assert(
      std::is_same_v<decltype(internal::invoke(&Base::value, std::as_const(derived))), const int&>);
}

TEST(SharedFunction, HasCopiesThatCallOneTarget) {
  const SharedFunction<int()> counting = [n = 0]() mutable { return ++n; };
  const SharedFunction<int()> copy = counting;  // NOLINT: tests the copy
  EXPECT_EQ(counting(), 1);
  EXPECT_EQ(copy(), 2);
}

TEST(SharedFunction, IsEmptyWhereAFunctionIs) {
  EXPECT_FALSE(SharedFunction<void()>());
  EXPECT_FALSE(SharedFunction<void()>(nullptr));
  EXPECT_FALSE(SharedFunction<void()>(std::function<void()>()));
  EXPECT_TRUE(SharedFunction<void()>([] {}));
}

TEST(SharedFunction, DropsItsTargetWithTheLastCopy) {
  const auto owned = std::make_shared<int>();
  SharedFunction<void()> function = [owned] {};
  SharedFunction<void()> copy = function;
  function = nullptr;
  EXPECT_EQ(owned.use_count(), 2);
  copy = nullptr;
  EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace weir
