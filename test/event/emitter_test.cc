#include <weir/event/emitter.h>

#include "support/event_log.h"
#include <weir/base/error.h>
#include <weir/event/tick_queue.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace weir {
namespace {

using test::EventLog;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Message {
  static constexpr std::string_view kEventName = "message";
  std::string text;
};
struct Ping {
  static constexpr std::string_view kEventName = "ping";
};
struct Unknown {
  [[maybe_unused]] static constexpr std::string_view kEventName = "unknown";
};

using Channel = Emitter<Message, Ping, Error>;

template <class Event, class F>
concept ChannelTakes = requires(Channel channel, F f) { channel.on<Event>(f); };

static_assert(ChannelTakes<Message, void (*)(const Message&)>);
static_assert(ChannelTakes<Message, void (*)()>);
static_assert(!ChannelTakes<Message, void (*)(const Ping&)>);
static_assert(!ChannelTakes<Message, int>);
static_assert(!ChannelTakes<Unknown, void (*)()>);

class EmitterTest : public testing::Test {
 protected:
  auto says(std::string name) {
    return [this, name = std::move(name)] { log.add(name); };
  }
  // What an emit of Ping does, in order.
  std::string ping() {
    channel.emit(Ping{});
    return log.take();
  }

  EventLog log;
  Channel channel;
};

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

TEST_F(EmitterTest, HasNothingToRemoveForAnIdThatIsGoneOrWasNever) {
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

TEST_F(EmitterTest, HasNothingToRemoveForAOnceThatHasFired) {
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

// A listener may own what leans on the emitter, and go while the emitter changes.
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

// changes during an emit

TEST_F(EmitterTest, StillCallsAListenerThatWasRemovedDuringTheEmit) {
  ListenerId b{};
  channel.on<Ping>([&] {
    log.add("a");
    channel.off(b);
  });
  b = channel.on<Ping>(says("b"));
  EXPECT_EQ(ping(), "a b");
  EXPECT_EQ(ping(), "a");
}

TEST_F(EmitterTest, CallsAllListenersOfTheBeginningThoughAllAreRemoved) {
  channel.on<Ping>([&] {
    log.add("a");
    channel.remove_all_listeners();
  });
  channel.on<Ping>(says("b"));
  channel.once<Ping>(says("c"));
  EXPECT_EQ(ping(), "a b c");
  EXPECT_FALSE(channel.emit(Ping{}));
}

TEST_F(EmitterTest, CallsAListenerThatWasAddedDuringTheEmitFromTheNextOneOn) {
  channel.once<Ping>([&] {
    log.add("a");
    channel.on<Ping>(says("last"));
    channel.prepend<Ping>(says("first"));
  });
  channel.on<Ping>(says("b"));
  EXPECT_EQ(ping(), "a b");
  EXPECT_EQ(ping(), "first b last");
}

TEST_F(EmitterTest, ShowsAnEmitInsideAnEmitTheListenersOfThatMoment) {
  channel.once<Message>([&] {
    channel.on<Ping>(says("added"));
    EXPECT_EQ(ping(), "ping added");
  });
  channel.on<Ping>(says("ping"));
  channel.emit(Message{});
}

TEST_F(EmitterTest, LetsAListenerRemoveItself) {
  ListenerId id{};
  id = channel.on<Ping>([&, owned = std::make_unique<std::string>("self")] {
    channel.off(id);
    log.add(*owned);
  });
  EXPECT_EQ(ping(), "self");
  EXPECT_EQ(ping(), "");
}

// once

TEST_F(EmitterTest, RemovesAOnceBeforeItIsCalled) {
  channel.once<Ping>([&] {
    log.add("once");
    EXPECT_EQ(channel.listener_count<Ping>(), 0u);
    EXPECT_FALSE(channel.emit(Ping{}));
  });
  EXPECT_EQ(ping(), "once");
}

TEST_F(EmitterTest, CallsAOnceOneTimeThoughTwoEmitsHoldIt) {
  int depth = 0;
  channel.on<Ping>([&] {
    log.add("on");
    if (++depth == 1) channel.emit(Ping{});
  });
  channel.once<Ping>(says("once"));
  EXPECT_EQ(ping(), "on on once");
}

TEST_F(EmitterTest, LetsAOnceListenAnew) {
  channel.once<Ping>([&] {
    log.add("first");
    channel.once<Ping>(says("second"));
  });
  EXPECT_EQ(ping(), "first");
  EXPECT_EQ(ping(), "second");
  EXPECT_EQ(ping(), "");
}

TEST_F(EmitterTest, LeavesOneListenerOfTwoWhereOneIsAOnce) {
  channel.once<Ping>(says("once"));
  channel.on<Ping>(says("on"));
  EXPECT_EQ(ping(), "once on");
  EXPECT_EQ(channel.listener_count<Ping>(), 1u);
  EXPECT_EQ(ping(), "on");
}

TEST_F(EmitterTest, HasRemovedAOnceThatThrows) {
  channel.once<Ping>([] { throw std::runtime_error("once"); });
  EXPECT_THROW(channel.emit(Ping{}), std::runtime_error);
  EXPECT_FALSE(channel.emit(Ping{}));
}

// exceptions, Error

TEST_F(EmitterTest, EndsTheEmitWhereAListenerThrows) {
  channel.on<Ping>(says("a"));
  channel.once<Ping>([] { throw std::runtime_error("thrown"); });
  channel.on<Ping>(says("c"));
  EXPECT_THROW(channel.emit(Ping{}), std::runtime_error);
  EXPECT_EQ(log.take(), "a");
  EXPECT_EQ(ping(), "a c");
}

TEST_F(EmitterTest, ThrowsAnErrorWithoutAListener) {
  const Error error("boom");
  channel.on<Ping>(says("ping"));
  try {
    channel.emit(error);
    FAIL() << "nothing was thrown";
  } catch (const Error& thrown) {
    EXPECT_EQ(thrown, error);
  }
}

TEST_F(EmitterTest, ThrowsNoErrorThatIsListenedTo) {
  channel.once<Error>([&](const Error& error) { log.add("error", error); });
  EXPECT_TRUE(channel.emit(Error(Errc::stream_destroyed, "gone")));
  EXPECT_EQ(log.take(), "error(ERR_STREAM_DESTROYED)");
  EXPECT_THROW(channel.emit(Error("again")), Error);
}

// errorMonitor

TEST_F(EmitterTest, AMonitorSeesAnErrorBeforeItsListeners) {
  channel.on<Error>([&](const Error& error) { log.add("error", error); });
  channel.on<ErrorMonitor>([&](const ErrorMonitor& event) { log.add("monitor", event.error); });
  channel.on<ErrorMonitor>([&](const Error& error) { log.add("again", error); });
  EXPECT_TRUE(channel.emit(Error(Errc::aborted)));
  EXPECT_EQ(log.take(), "monitor(ABORT_ERR) again(ABORT_ERR) error(ABORT_ERR)");
  EXPECT_EQ(channel.listener_count<ErrorMonitor>(), 2u);
  EXPECT_THAT(channel.event_names(), ElementsAre("error", "errorMonitor"));
}

TEST_F(EmitterTest, AMonitorHandlesNoError) {
  channel.on<ErrorMonitor>(says("monitor"));
  EXPECT_EQ(test::thrown_by([&] { channel.emit(Error("boom")); }), Error("boom"));
  EXPECT_EQ(log.take(), "monitor");
}

TEST_F(EmitterTest, AMonitorMayRemoveTheListenersOfAnError) {
  channel.on<Error>(says("never"));
  channel.once<ErrorMonitor>([&] {
    log.add("monitor");
    channel.remove_all_listeners<Error>();
  });
  EXPECT_EQ(test::thrown_by([&] { channel.emit(Error("boom")); }), Error("boom"));
  EXPECT_EQ(log.take(), "monitor");
}

TEST_F(EmitterTest, AnExceptionOfAMonitorLeavesTheEmit) {
  channel.on<ErrorMonitor>([] { throw Error("of the monitor"); });
  channel.on<Error>(says("never"));
  EXPECT_EQ(test::thrown_by([&] { channel.emit(Error("boom")); }), Error("of the monitor"));
  EXPECT_EQ(log.take(), "");
}

TEST_F(EmitterTest, AMonitorThatDestroysTheEmitterEndsTheEmit) {
  for (const bool heard : {false, true}) {
    auto doomed = std::make_optional<Channel>();
    if (heard) doomed->on<Error>(says("never"));
    doomed->on<ErrorMonitor>([&] { doomed.reset(); });
    const Error thrown = test::thrown_by([&] { doomed->emit(Error("boom")); });
    EXPECT_EQ(thrown, heard ? Error() : Error("boom"));
    EXPECT_EQ(log.take(), "");
  }
}

// newListener, removeListener

TEST_F(EmitterTest, TellsOfANewListenerBeforeItIsStored) {
  channel.on<NewListener>([&](const NewListener& added) {
    log.add(added.event);
    EXPECT_EQ(channel.listener_count<Ping>(), 0u);
  });
  EXPECT_EQ(log.take(), "") << "it tells of itself";
  channel.on<Message>([] {});
  channel.once<Ping>([] {});
  EXPECT_EQ(log.take(), "message ping");
}

TEST_F(EmitterTest, PutsAListenerThatNewListenerAddsBeforeTheNewOne) {
  channel.once<NewListener>([&] { channel.on<Ping>(says("first")); });
  channel.on<Ping>(says("second"));
  EXPECT_EQ(ping(), "first second");
}

TEST_F(EmitterTest, AddsNothingWhereNewListenerThrows) {
  channel.on<NewListener>([] { throw std::runtime_error("no more"); });
  EXPECT_THROW(channel.on<Ping>([] {}), std::runtime_error);
  EXPECT_EQ(channel.listener_count<Ping>(), 0u);
}

TEST_F(EmitterTest, TellsOfARemovalAfterIt) {
  channel.on<RemoveListener>([&](const RemoveListener& removed) {
    log.add(removed.event);
    EXPECT_EQ(channel.listener_count<Ping>(), 0u);
  });
  const ListenerId id = channel.on<Ping>([] {});
  channel.off(id);
  EXPECT_EQ(log.take(), "ping");
}

TEST_F(EmitterTest, TellsOfTheRemovalOfAOnceBeforeItsCall) {
  channel.on<RemoveListener>([&] { log.add("removed"); });
  channel.once<Ping>(says("ping"));
  EXPECT_EQ(ping(), "removed ping");
}

TEST_F(EmitterTest, RemovesAllTheLastFirstAndTellsOfEach) {
  channel.on<RemoveListener>([&](const RemoveListener& removed) {
    log.add(removed.event);
    log.add(std::to_string(channel.listener_count<Ping>()));
  });
  channel.on<Ping>([] {});
  channel.on<Ping>([] {});
  channel.remove_all_listeners<Ping>();
  EXPECT_EQ(log.take(), "ping 1 ping 0");
}

TEST_F(EmitterTest, RemovesListenersOfRemoveListenerAfterAllOthers) {
  channel.on<RemoveListener>([&](const RemoveListener& removed) { log.add(removed.event); });
  channel.on<Message>([] {});
  channel.on<Ping>([] {});
  channel.remove_all_listeners();
  EXPECT_EQ(log.take(), "message ping");
  EXPECT_THAT(channel.event_names(), IsEmpty());
}

TEST_F(EmitterTest, KeepsAListenerThatIsAddedWhileAllOfItsEventAreRemoved) {
  channel.on<RemoveListener>([&] { channel.on<Ping>(says("anew")); });
  channel.on<Ping>(says("old"));
  channel.on<Ping>(says("old"));
  channel.remove_all_listeners<Ping>();
  EXPECT_EQ(ping(), "anew anew");
}

TEST_F(EmitterTest, KeepsNoListenerWhenAllOfAllEventsAreRemoved) {
  channel.on<RemoveListener>([&] { channel.on<Ping>(says("anew")); });
  channel.on<Ping>(says("old"));
  channel.remove_all_listeners();
  EXPECT_THAT(channel.event_names(), IsEmpty());
}

// max_listeners

class LeakTest : public testing::Test {
 protected:
  LeakTest() {
    ticks.on_warning([this](const Warning& warning) { warnings.push_back(warning); });
  }
  template <class Event>
  void add(int count) {
    for (int i = 0; i < count; ++i) channel.on<Event>([] {});
  }

  TickQueue ticks;
  std::vector<Warning> warnings;
  Channel channel{&ticks};
};

TEST_F(LeakTest, TenListenersAreNone) {
  EXPECT_EQ(channel.max_listeners(), 10u);
  add<Ping>(10);
  add<Message>(10);
  ticks.drain();
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(LeakTest, IsWarnedOfOnALaterTickOncePerEvent) {
  add<Ping>(13);
  EXPECT_THAT(warnings, IsEmpty());
  ticks.drain();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].name, "MaxListenersExceededWarning");
  EXPECT_THAT(warnings[0].message, HasSubstr("11 ping listeners added"));

  add<Ping>(5);
  add<Message>(11);
  ticks.drain();
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_THAT(warnings[1].message, HasSubstr("11 message listeners added"));
}

TEST_F(LeakTest, StartsWhereTheEmitterSays) {
  channel.set_max_listeners(1);
  EXPECT_EQ(channel.max_listeners(), 1u);
  add<Ping>(2);
  ticks.drain();
  EXPECT_EQ(warnings.size(), 1u);
}

TEST_F(LeakTest, IsNeverWarnedOfWithAMaximumOfZero) {
  channel.set_max_listeners(0);
  add<Ping>(100);
  ticks.drain();
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(LeakTest, IsNotWarnedOfWithoutATickQueue) {
  Channel silent;
  for (int i = 0; i < 20; ++i) silent.on<Ping>([] {});
  EXPECT_EQ(silent.listener_count<Ping>(), 20u);
}

// destruction

TEST_F(EmitterTest, DestroysTheCapturesOfItsListeners) {
  const auto owned = std::make_shared<int>();
  {
    Channel brief;
    brief.on<Ping>([owned] {});
    brief.once<Message>([owned] {});
  }
  EXPECT_EQ(owned.use_count(), 1);
}

struct Counted : RefCounted, Channel {};

TEST_F(EmitterTest, MayBeDestroyedByItsListener) {
  Ref<Counted> counted = make_ref<Counted>();
  counted->on<Ping>([&, owned = std::make_unique<std::string>("listener")] {
    counted = nullptr;
    log.add(*owned);
  });
  EXPECT_TRUE(counted->emit(Ping{}));
  EXPECT_EQ(log.take(), "listener");
}

TEST_F(EmitterTest, EndsTheEmitsThatAreUnderWayWhereAListenerDestroysIt) {
  Ref<Counted> counted = make_ref<Counted>();
  counted->on<Message>([&] { counted->emit(Ping{}); });
  counted->once<Message>(says("message"));
  counted->on<Ping>([&] { counted = nullptr; });
  counted->once<Ping>(says("ping"));
  EXPECT_TRUE(counted->emit(Message{}));
  EXPECT_EQ(log.take(), "");
}

TEST_F(EmitterTest, MayBeHeldByItsOwnListener) {
  const auto owned = std::make_shared<int>();
  Ref<Counted> counted = make_ref<Counted>();
  counted->once<Ping>([owned, self = counted] { self->emit(Message{}); });
  counted->on<Message>([owned] {});
  Counted& emitter = *counted;
  counted = nullptr;
  emitter.emit(Ping{});
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(EmitterTest, EmitsOnAfterAnEmitInsideIsOver) {
  channel.on<Ping>([&] { channel.emit(Message{}); });
  channel.on<Ping>(says("ping"));
  channel.on<Message>(says("message"));
  EXPECT_EQ(ping(), "message ping");
  EXPECT_EQ(ping(), "message ping");
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
