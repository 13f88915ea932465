#include <weir/base/function.h>

#include <weir/base/callback.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

// Counts the objects alive, and how often its own operator new is asked for one.
struct Counted {
  static inline int alive = 0;
  static inline int allocations = 0;

  Counted() { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  ~Counted() { --alive; }

  static void* operator new(std::size_t size) {
    ++allocations;
    return ::operator new(size);
  }
  static void* operator new(std::size_t, void* place) noexcept { return place; }
  static void operator delete(void* memory) noexcept { ::operator delete(memory); }
};

template <std::size_t Size, std::size_t Alignment = alignof(void*)>
struct Sized : Counted {
  alignas(Alignment) std::array<std::byte, Size> room{};
  void* operator()() { return this; }
};

struct Throwing : Counted {
  Throwing() = default;
  Throwing(Throwing&&) noexcept(false) {}
  void* operator()() { return this; }
};

// A capture with a destructor that calls a function.
struct OnDestroy {
  explicit OnDestroy(Function<void()> f) : action(std::move(f)) {}
  ~OnDestroy() { action(); }
  Function<void()> action;
};

class FunctionTest : public testing::Test {
 protected:
  void SetUp() override { Counted::alive = Counted::allocations = 0; }
  void TearDown() override { EXPECT_EQ(Counted::alive, 0); }
};

TEST_F(FunctionTest, IsEmptyUntilItGetsATarget) {
  Function<int()> function;
  EXPECT_FALSE(function);
  EXPECT_FALSE(Function<int()>(nullptr));
  function = [] { return 7; };
  ASSERT_TRUE(function);
  EXPECT_EQ(function(), 7);
  function = nullptr;
  EXPECT_FALSE(function);
}

TEST_F(FunctionTest, PassesItsArgumentsAndResultOn) {
  Function<std::unique_ptr<int>(std::unique_ptr<int>, int&, const std::string&)> function =
      [](std::unique_ptr<int> owned, int& out, const std::string& text) {
        out = static_cast<int>(text.size());
        ++*owned;
        return owned;
      };
  int out = 0;
  EXPECT_EQ(*function(std::make_unique<int>(1), out, "abc"), 2);
  EXPECT_EQ(out, 3);
}

TEST_F(FunctionTest, MayDropTheResultOfItsTarget) {
  int calls = 0;
  Function<void()> function = [&calls] { return ++calls; };
  function();
  EXPECT_EQ(calls, 1);
}

TEST_F(FunctionTest, CallsEverythingThatStdInvokeCalls) {
  Function<std::size_t(const std::string&)> member = &std::string::size;
  EXPECT_EQ(member("abc"), 3u);
  Function<int(int)> pointer = +[](int n) { return n + 1; };
  EXPECT_EQ(pointer(1), 2);
}

TEST_F(FunctionTest, KeepsTheStateOfItsTarget) {
  Function<int()> counter = [n = 0]() mutable { return ++n; };
  counter();
  Function<int()> moved = std::move(counter);
  EXPECT_EQ(moved(), 2);
}

TEST_F(FunctionTest, HoldsASmallTargetInPlace) {
  using Small = Sized<3 * sizeof(void*)>;
  static_assert(sizeof(Small) == 3 * sizeof(void*));
  Function<void*()> function = Small();
  EXPECT_EQ(Counted::allocations, 0);
  const auto* place = static_cast<std::byte*>(function());
  const auto* begin = reinterpret_cast<std::byte*>(&function);
  EXPECT_TRUE(place >= begin && place + sizeof(Small) <= begin + sizeof(function));
  Function<void*()> moved = std::move(function);
  EXPECT_EQ(Counted::allocations, 0);
}

TEST_F(FunctionTest, StoresALargeTargetOnTheHeap) {
  const auto allocations_of = []<class Target>(Target target) {
    const int before = Counted::allocations;
    Function<void*()> function = std::move(target);
    void* const place = function();
    Function<void*()> moved = std::move(function);
    EXPECT_EQ(moved(), place);  // moving it leaves the target where it is
    return Counted::allocations - before;
  };
  EXPECT_EQ(allocations_of(Sized<4 * sizeof(void*)>()), 1);
  EXPECT_EQ(allocations_of(Sized<1, 2 * alignof(void*)>()), 1);
  EXPECT_EQ(allocations_of(Throwing()), 1);  // its move could throw
}

TEST_F(FunctionTest, HasAsMuchRoomAsItIsGiven) {
  Function<void*(), 8 * sizeof(void*)> roomy = Sized<8 * sizeof(void*)>();
  EXPECT_EQ(Counted::allocations, 0);
  Function<void*(), 1> narrow = Sized<2>();
  EXPECT_EQ(Counted::allocations, 1);
  static_assert(sizeof(Function<void()>) == 4 * sizeof(void*));
}

TEST_F(FunctionTest, MovedFromIsEmpty) {
  Function<void*()> a = Sized<8>();
  Function<void*()> b = std::move(a);
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(b);
  a = std::move(b);
  EXPECT_TRUE(a);
  EXPECT_FALSE(b);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(Counted::alive, 1);
}

TEST_F(FunctionTest, DestroysItsTargetExactlyOnce) {
  const auto check = []<class Target>(Target) {
    const int before = Counted::alive;
    {
      Function<void*()> function = Target();
      EXPECT_EQ(Counted::alive, before + 1);
      Function<void*()> moved = std::move(function);
      EXPECT_EQ(Counted::alive, before + 1);
      moved = Target();
      EXPECT_EQ(Counted::alive, before + 1);
      moved = std::move(function);
      EXPECT_EQ(Counted::alive, before);
      moved = Target();
      moved = nullptr;
      EXPECT_EQ(Counted::alive, before);
      moved = Target();
    }
    EXPECT_EQ(Counted::alive, before);
  };
  check(Sized<8>());
  check(Sized<800>());
}

TEST_F(FunctionTest, SurvivesBeingMovedToItself) {
  Function<int()> function = [n = std::make_unique<int>(7)] { return *n; };
  Function<int()>& alias = function;
  function = std::move(alias);
  ASSERT_TRUE(function);
  EXPECT_EQ(function(), 7);
}

TEST_F(FunctionTest, IsEmptyWhileItsTargetIsDestroyed) {
  Function<void()> function;
  bool seen = true;
  function = [held = std::make_unique<OnDestroy>([&] { seen = static_cast<bool>(function); })] {};
  function = nullptr;
  EXPECT_FALSE(seen);
}

TEST_F(FunctionTest, MayGetANewTargetWhileTheOldOneIsDestroyed) {
  Function<int()> function;
  const auto late = [&function] {
    function = [a = std::make_unique<int>(1), b = std::make_unique<int>(2)] { return *a + *b; };
  };
  // `behind` is destroyed after `held`, whose destructor assigns a new target: `behind` must not
  // see it.
  function = [behind = std::make_unique<int>(0), held = std::make_unique<OnDestroy>(late)] {
    return *behind;
  };
  function = nullptr;
  ASSERT_TRUE(function);
  EXPECT_EQ(function(), 3);
}

TEST_F(FunctionTest, AssignedAgainWhileTheOldTargetIsDestroyedKeepsTheLatest) {
  Function<int()> function;
  const auto late = [&function] { function = [kept = std::make_unique<int>(1)] { return *kept; }; };
  function = [held = std::make_unique<OnDestroy>(late)] { return 0; };
  function = [kept = std::make_unique<int>(2)] { return *kept; };
  EXPECT_EQ(function(), 1);
}

TEST_F(FunctionTest, MayBeReplacedByAFunctionThatItsTargetOwns) {
  struct Node {
    Function<int()> next;
  };
  auto node = std::make_unique<Node>();
  node->next = [] { return 7; };
  Node* const inner = node.get();
  Function<int()> function = [node = std::move(node)] { return 0; };
  function = std::move(inner->next);
  EXPECT_EQ(function(), 7);
}

int seven() { return 7; }

TEST_F(FunctionTest, IsEmptyIfItsSourceIsEmpty) {
  int (*const no_function)() = nullptr;
  int (Counted::* const no_member)() = nullptr;
  EXPECT_FALSE(Function<int()>(no_function));
  EXPECT_FALSE((Function<int(Counted&)>(no_member)));
  EXPECT_FALSE(Function<int()>(std::function<int()>()));
  EXPECT_FALSE((Function<int(), 64>(Function<int()>())));
  EXPECT_FALSE(Callback(std::function<void()>()));
  EXPECT_FALSE(Callback(Function<void(const Error&)>()));
  EXPECT_FALSE(Callback(static_cast<void (*)()>(nullptr)));

  EXPECT_EQ(Function<int()>(seven)(), 7);
  EXPECT_EQ(Function<int()>(std::function<int()>(seven))(), 7);
  EXPECT_TRUE(Callback([] {}));
}

}  // namespace
}  // namespace weir
