#include <weir/event/scoped_listeners.h>

#include "support/allocations.h"
#include <weir/base/error.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct Left {
  static constexpr std::string_view kEventName = "ping";
  int number = 0;
};
struct Right {
  static constexpr std::string_view kEventName = "pong";
};
struct Sides : Emitter<Left, Right> {};
struct CountedChannel final : RefCounted, Emitter<Left, Right> {
  explicit CountedChannel(bool& is_alive) : alive(is_alive) { alive = true; }
  ~CountedChannel() override { alive = false; }
  bool& alive;
};

TEST(ScopedListeners, AreCalledWhileTheirOwnerLives) {
  Sides channel;
  int sum = 0, rights = 0;
  {
    ScopedListeners listeners;
    listeners.on<Left>(channel, [&](const Left& left) { sum += left.number; });
    listeners.on<Right>(channel, [&] { ++rights; });
    channel.emit(Left{2});
    channel.emit(Left{3});
    channel.emit(Right{});
  }
  channel.emit(Left{5});
  EXPECT_EQ(sum, 5);
  EXPECT_EQ(rights, 1);
  EXPECT_EQ(channel.listener_count<Left>(), 0u);
  EXPECT_EQ(channel.listener_count<Right>(), 0u);
}

// `off` alone would not do: as in Node, an emit calls all that were listening when it began.
TEST(ScopedListeners, AreNotCalledByAnEmitThatDestroysTheirOwner) {
  Sides channel;
  int calls = 0;
  std::optional<ScopedListeners> listeners(std::in_place);
  channel.on<Left>([&] { listeners.reset(); });
  listeners->on<Left>(channel, [&] { ++calls; });
  channel.emit(Left{});
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(channel.listener_count<Left>(), 1u);
}

TEST(ScopedListeners, MayDestroyTheirOwnerThemselves) {
  struct Owner {
    explicit Owner(Sides& channel, std::unique_ptr<Owner>& itself) {
      listeners.on<Left>(channel, [this, &itself] {
        ++calls;
        itself = nullptr;
      });
    }
    int calls = 0;
    ScopedListeners listeners;
  };
  Sides channel;
  std::unique_ptr<Owner> owner;
  owner = std::make_unique<Owner>(channel, owner);
  channel.emit(Left{});
  channel.emit(Left{});
  EXPECT_EQ(owner, nullptr);
}

TEST(ScopedListeners, OnceIsCalledOnce) {
  Sides channel;
  int calls = 0;
  ScopedListeners listeners;
  listeners.once<Left>(channel, [&] { ++calls; });
  channel.emit(Left{});
  channel.emit(Left{});
  EXPECT_EQ(calls, 1);
  listeners.clear();
  EXPECT_EQ(channel.listener_count<Left>(), 0u);
}

TEST(ScopedListeners, MayBeAddedAgainAfterClear) {
  Sides channel;
  std::string log;
  ScopedListeners listeners;
  listeners.on<Left>(channel, [&] { log += "a"; });
  listeners.clear();
  listeners.on<Left>(channel, [&] { log += "b"; });
  channel.emit(Left{});
  EXPECT_EQ(log, "b");
}

TEST(ScopedListeners, LeaveTheListenersOfOthers) {
  Sides channel;
  int calls = 0;
  channel.on<Left>([&] { ++calls; });
  {
    ScopedListeners listeners;
    listeners.on<Left>(channel, [] {});
  }
  channel.emit(Left{});
  EXPECT_EQ(calls, 1);
}

TEST(ScopedListeners, KeepACountedEmitterUntilTheyAreRemoved) {
  bool alive = false;
  auto channel = make_ref<CountedChannel>(alive);
  ScopedListeners listeners;
  listeners.on<Left>(*channel, [] {});
  channel = nullptr;
  EXPECT_TRUE(alive);
  listeners.clear();
  EXPECT_FALSE(alive);
}

TEST(ScopedListeners, RefuseAnEmptyFunction) {
  Sides channel;
  ScopedListeners listeners;
  EXPECT_THROW(listeners.on<Left>(channel, std::function<void()>()), Error);
  EXPECT_EQ(channel.listener_count<Left>(), 0u);
}

TEST(ScopedListeners, ForWhichThereIsRoomGrowOnce) {
  if (!test::counts_allocations()) GTEST_SKIP() << "a sanitizer has the heap";
  const auto allocations_of = [](std::size_t room) {
    constexpr int kListeners = 8;
    Sides channel;
    const std::size_t before = test::allocations();
    ScopedListeners listeners;
    if (room > 0) listeners.reserve(room);
    for (int i = 0; i < kListeners; ++i) listeners.on<Left>(channel, [] {});
    return test::allocations() - before;
  };
  EXPECT_EQ(allocations_of(8) + 3, allocations_of(0));  // 1, 2, 4 and 8 entries
}

}  // namespace
}  // namespace weir
