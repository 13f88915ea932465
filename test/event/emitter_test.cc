#include <weir/event/emitter.h>

#include "support/channel_test.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace weir {
namespace {

using test::Channel;
using test::Message;
using test::Ping;
using testing::ElementsAre;
using testing::IsEmpty;

class EmitterTest : public test::ChannelTest {};

struct Unknown {
  [[maybe_unused]] static constexpr std::string_view kEventName = "unknown";
};

template <class Event, class F>
concept ChannelTakes = requires(Channel channel, F f) { channel.on<Event>(f); };

static_assert(ChannelTakes<Message, void (*)(const Message&)>);
static_assert(ChannelTakes<Message, void (*)()>);
static_assert(!ChannelTakes<Message, void (*)(const Ping&)>);
static_assert(!ChannelTakes<Message, int>);
static_assert(!ChannelTakes<Unknown, void (*)()>);

TEST_F(EmitterTest, CallsTheListenersInTheOrderAdded) {
  channel.on<Ping>(says("a"));
  channel.on<Ping>(says("b"));
  channel.on<Ping>(says("c"));
  EXPECT_EQ(ping(), "a b c");
  EXPECT_EQ(ping(), "a b c");
}

TEST_F(EmitterTest, GivesTheEventToEachListener) {
  const Message sent{"hello"};
  const Message* first = nullptr;
  channel.on<Message>([&](const Message& message) { first = &message; });
  channel.on<Message>([&](const Message& message) { log.add(message.text); });
  channel.emit(sent);
  EXPECT_EQ(first, &sent);
  EXPECT_EQ(log.take(), "hello");
}

TEST_F(EmitterTest, CallsAListenerThatTakesNothing) {
  channel.on<Message>([&] { log.add("called"); });
  channel.emit(Message{"hello"});
  EXPECT_EQ(log.take(), "called");
}

TEST_F(EmitterTest, LetsAListenerKeepAStateOfItsOwn) {
  channel.on<Ping>([this, count = 0]() mutable { log.add(std::to_string(++count)); });
  EXPECT_EQ(ping(), "1");
  EXPECT_EQ(ping(), "2");
}

TEST_F(EmitterTest, TakesAListenerThatCannotBeCopied) {
  channel.on<Ping>([this, owned = std::make_unique<int>(7)] { log.add(std::to_string(*owned)); });
  EXPECT_EQ(ping(), "7");
}

TEST_F(EmitterTest, ReturnsTrueIfThereWasAListener) {
  EXPECT_FALSE(channel.emit(Ping{}));
  channel.on<Message>(says("message"));
  EXPECT_FALSE(channel.emit(Ping{}));
  channel.once<Ping>(says("ping"));
  EXPECT_TRUE(channel.emit(Ping{}));
  EXPECT_FALSE(channel.emit(Ping{}));
}

TEST_F(EmitterTest, CallsAListenerAsOftenAsItWasAdded) {
  const auto listener = says("twice");
  channel.on<Ping>(listener);
  channel.on<Ping>(listener);
  EXPECT_EQ(ping(), "twice twice");
}

TEST_F(EmitterTest, PutsPrependedListenersBeforeTheOthers) {
  channel.on<Ping>(says("on"));
  channel.once<Ping>(says("once"));
  channel.prepend<Ping>(says("prepend"));
  channel.prepend_once<Ping>(says("prepend_once"));
  EXPECT_EQ(ping(), "prepend_once prepend on once");
  EXPECT_EQ(ping(), "prepend on");
}

TEST_F(EmitterTest, KeepsEmittersApart) {
  Channel other;
  channel.on<Ping>(says("this"));
  other.on<Ping>(says("other"));
  EXPECT_EQ(ping(), "this");
}

// off, remove_all_listeners

TEST_F(EmitterTest, RemovesTheOneListenerThatOffNames) {
  const auto listener = says("listener");
  channel.on<Ping>(says("first"));
  const ListenerId second = channel.on<Ping>(listener);
  channel.on<Ping>(listener);
  EXPECT_TRUE(channel.off(second));
  EXPECT_EQ(channel.listener_count<Ping>(), 2u);
  EXPECT_EQ(ping(), "first listener");
}

TEST_F(EmitterTest, RemovesNoListenerForARemovedOrUnknownId) {
  const ListenerId id = channel.on<Ping>(says("ping"));
  EXPECT_FALSE(channel.off(ListenerId::none));
  EXPECT_TRUE(channel.off(id));
  EXPECT_FALSE(channel.off(id));
}

TEST_F(EmitterTest, RemovesAOnceThatHasNotFired) {
  const ListenerId id = channel.once<Ping>(says("once"));
  EXPECT_TRUE(channel.off(id));
  EXPECT_FALSE(channel.emit(Ping{}));
}

TEST_F(EmitterTest, RemovesNoListenerForAOnceThatHasFired) {
  const ListenerId id = channel.once<Ping>(says("once"));
  ping();
  EXPECT_FALSE(channel.off(id));
}

TEST_F(EmitterTest, RemovesAllListenersOfOneEvent) {
  channel.on<Ping>(says("ping"));
  channel.on<Ping>(says("ping"));
  channel.on<Message>(says("message"));
  channel.remove_all_listeners<Ping>();
  channel.remove_all_listeners<Error>();
  EXPECT_FALSE(channel.emit(Ping{}));
  EXPECT_TRUE(channel.emit(Message{}));
}

TEST_F(EmitterTest, RemovesAllListenersOfAllEvents) {
  channel.on<Ping>(says("ping"));
  channel.on<Message>(says("message"));
  channel.on<NewListener>([] {});
  channel.remove_all_listeners();
  EXPECT_THAT(channel.event_names(), IsEmpty());
  EXPECT_FALSE(channel.emit(Message{}));
  channel.remove_all_listeners();
}

TEST_F(EmitterTest, DestroysTheCapturesOfARemovedListener) {
  const auto owned = std::make_shared<int>();
  const ListenerId id = channel.on<Ping>([owned] {});
  channel.once<Ping>([owned] {});
  channel.on<Message>([owned] {});
  EXPECT_EQ(owned.use_count(), 4);
  channel.off(id);
  EXPECT_EQ(owned.use_count(), 3);
  ping();
  EXPECT_EQ(owned.use_count(), 2);
  channel.remove_all_listeners();
  EXPECT_EQ(owned.use_count(), 1);
}

// A listener may own an object that uses the emitter, and be destroyed while the emitter changes.
struct ComesBack {
  explicit ComesBack(Channel& c) : channel(c) {}
  ComesBack(const ComesBack&) = delete;
  ComesBack& operator=(const ComesBack&) = delete;
  ~ComesBack() {
    channel.on<Message>([] {});
    channel.remove_all_listeners<Ping>();
  }
  Channel& channel;
};

TEST_F(EmitterTest, MayBeChangedByTheDestructorOfARemovedListener) {
  for (int way = 0; way < 4; ++way) {
    const ListenerId id = channel.once<Ping>([owned = std::make_unique<ComesBack>(channel)] {});
    if (way == 0) channel.off(id);
    if (way == 1) channel.remove_all_listeners<Ping>();
    if (way == 2) channel.remove_all_listeners();
    if (way == 3) channel.emit(Ping{});
    EXPECT_EQ(channel.listener_count<Ping>(), 0u);
    EXPECT_EQ(channel.listener_count<Message>(), 1u);
    channel.remove_all_listeners();
  }
}

// listener_count, event_names

TEST_F(EmitterTest, CountsTheListenersOfAnEvent) {
  EXPECT_EQ(channel.listener_count<Ping>(), 0u);
  channel.on<Ping>([] {});
  channel.once<Ping>([] {});
  channel.prepend<Ping>([] {});
  channel.on<Message>([] {});
  EXPECT_EQ(channel.listener_count<Ping>(), 3u);
  EXPECT_EQ(std::as_const(channel).listener_count<Message>(), 1u);
}

TEST_F(EmitterTest, NamesTheEventsThatAreListenedToInTheOrderTheyCame) {
  EXPECT_THAT(channel.event_names(), IsEmpty());
  const ListenerId message = channel.on<Message>([] {});
  channel.on<Error>([] {});
  channel.on<Ping>([] {});
  channel.on<Error>([] {});
  EXPECT_THAT(channel.event_names(), ElementsAre("message", "error", "ping"));
  channel.off(message);
  EXPECT_THAT(channel.event_names(), ElementsAre("error", "ping"));
  channel.on<Message>([] {});
  EXPECT_THAT(channel.event_names(), ElementsAre("error", "ping", "message"));
}

TEST(EmitterEmptyListenerTest, IsRefusedWhereItIsGiven) {
  Emitter<Ping> emitter;
  const auto refused = [](auto add) {
    const Error error = test::thrown_by(std::move(add));
    EXPECT_EQ(error.code(), Errc::invalid_arg_type);
    EXPECT_EQ(error.message(), "The \"listener\" argument must be of type function. Received null");
  };
  const auto refuses = [&](auto none) {
    refused([&] { emitter.on<Ping>(none()); });
    refused([&] { emitter.once<Ping>(none()); });
    refused([&] { emitter.prepend<Ping>(none()); });
    refused([&] { emitter.prepend_once<Ping>(none()); });
  };
  refuses([] { return std::function<void()>(); });
  refuses([] { return std::function<void(const Ping&)>(); });
  refuses([] { return Function<void()>(); });
  refuses([] { return static_cast<void (*)()>(nullptr); });
  refused([&] {
    emitter.listeners().add(&internal::kEventKey<Ping>, {}, ListenerTable::Place::last,
                            ListenerTable::Times::always);
  });
  EXPECT_EQ(emitter.listener_count<Ping>(), 0u);
  EXPECT_FALSE(emitter.emit(Ping{}));
}

TEST(EmitterChainingTest, ReturnsTheEmitterWhereNodeDoes) {
  struct Chained : EmitsMore<Chained, Emitter<Ping>, Message> {
  } chained;
  Chained& same = chained.set_max_listeners(3).remove_all_listeners<Message>();
  EXPECT_EQ(&same.remove_all_listeners(), &chained);
}

template <class Channel>
void listen_in_a_template(Channel& channel, std::vector<std::string>& heard) {
  channel.on(event<Ping>, [&] { heard.emplace_back("on"); });
  channel.once(event<Ping>, [&] { heard.emplace_back("once"); });
  channel.prepend(event<Ping>, [&] { heard.emplace_back("prepend"); });
  channel.prepend_once(event<Ping>, [&] { heard.emplace_back("prepend_once"); });
  channel.on(weir::error, [&](const Error& error) { heard.emplace_back(error.message()); });
}

TEST_F(EmitterTest, TakesTheEventAsAnArgumentToo) {
  std::vector<std::string> heard;
  listen_in_a_template(channel, heard);
  channel.emit(Ping{});
  channel.emit(Ping{});
  channel.emit(Error("boom"));
  EXPECT_THAT(heard, ElementsAre("prepend_once", "prepend", "on", "once", "prepend", "on", "boom"));
}

}  // namespace
}  // namespace weir
