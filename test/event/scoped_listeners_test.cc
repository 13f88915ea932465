#include <weir/event/scoped_listeners.h>

#include <weir/base/error.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct Ping {
  static constexpr std::string_view kEventName = "ping";
  int number = 0;
};
struct Pong {
  static constexpr std::string_view kEventName = "pong";
};
struct Channel : Emitter<Ping, Pong> {};
struct CountedChannel final : RefCounted, Emitter<Ping, Pong> {
  explicit CountedChannel(bool& is_alive) : alive(is_alive) { alive = true; }
  ~CountedChannel() override { alive = false; }
  bool& alive;
};

TEST(ScopedListeners, AreCalledWhileTheirOwnerLives) {
  Channel channel;
  int sum = 0, pongs = 0;
  {
    ScopedListeners listeners;
    listeners.on<Ping>(channel, [&](const Ping& ping) { sum += ping.number; });
    listeners.on<Pong>(channel, [&] { ++pongs; });
    channel.emit(Ping{2});
    channel.emit(Ping{3});
    channel.emit(Pong{});
  }
  channel.emit(Ping{5});
  EXPECT_EQ(sum, 5);
  EXPECT_EQ(pongs, 1);
  EXPECT_EQ(channel.listener_count<Ping>(), 0u);
  EXPECT_EQ(channel.listener_count<Pong>(), 0u);
}

// `off` alone would not do: as in Node, an emit calls all that were listening when it began.
TEST(ScopedListeners, AreNotCalledByAnEmitThatDestroysTheirOwner) {
  Channel channel;
  int calls = 0;
  std::optional<ScopedListeners> listeners(std::in_place);
  channel.on<Ping>([&] { listeners.reset(); });
  listeners->on<Ping>(channel, [&] { ++calls; });
  channel.emit(Ping{});
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(channel.listener_count<Ping>(), 1u);
}

TEST(ScopedListeners, MayDestroyTheirOwnerThemselves) {
  struct Owner {
    explicit Owner(Channel& channel, std::unique_ptr<Owner>& itself) {
      listeners.on<Ping>(channel, [this, &itself] {
        ++calls;
        itself = nullptr;
      });
    }
    int calls = 0;
    ScopedListeners listeners;
  };
  Channel channel;
  std::unique_ptr<Owner> owner;
  owner = std::make_unique<Owner>(channel, owner);
  channel.emit(Ping{});
  channel.emit(Ping{});
  EXPECT_EQ(owner, nullptr);
}

TEST(ScopedListeners, OnceIsCalledOnce) {
  Channel channel;
  int calls = 0;
  ScopedListeners listeners;
  listeners.once<Ping>(channel, [&] { ++calls; });
  channel.emit(Ping{});
  channel.emit(Ping{});
  EXPECT_EQ(calls, 1);
  listeners.clear();
  EXPECT_EQ(channel.listener_count<Ping>(), 0u);
}

TEST(ScopedListeners, MayBeAddedAgainAfterClear) {
  Channel channel;
  std::string log;
  ScopedListeners listeners;
  listeners.on<Ping>(channel, [&] { log += "a"; });
  listeners.clear();
  listeners.on<Ping>(channel, [&] { log += "b"; });
  channel.emit(Ping{});
  EXPECT_EQ(log, "b");
}

TEST(ScopedListeners, LeaveTheListenersOfOthers) {
  Channel channel;
  int calls = 0;
  channel.on<Ping>([&] { ++calls; });
  {
    ScopedListeners listeners;
    listeners.on<Ping>(channel, [] {});
  }
  channel.emit(Ping{});
  EXPECT_EQ(calls, 1);
}

TEST(ScopedListeners, KeepACountedEmitterUntilTheyAreRemoved) {
  bool alive = false;
  auto channel = make_ref<CountedChannel>(alive);
  ScopedListeners listeners;
  listeners.on<Ping>(*channel, [] {});
  channel = nullptr;
  EXPECT_TRUE(alive);
  listeners.clear();
  EXPECT_FALSE(alive);
}

TEST(ScopedListeners, RefuseAnEmptyFunction) {
  Channel channel;
  ScopedListeners listeners;
  EXPECT_THROW(listeners.on<Ping>(channel, std::function<void()>()), Error);
  EXPECT_EQ(channel.listener_count<Ping>(), 0u);
}

}  // namespace
}  // namespace weir
