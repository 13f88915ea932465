// Emits: changes during one, errors and their monitors, exceptions, the end of the emitter.
#include "support/channel_test.h"
#include <weir/base/ref.h>

#include <memory>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>

namespace weir {
namespace {

using test::Channel;
using test::Message;
using test::Ping;
using testing::ElementsAre;

class EmittingTest : public test::ChannelTest {};

TEST_F(EmittingTest, StillCallsAListenerThatWasRemovedDuringTheEmit) {
  ListenerId b{};
  channel.on<Ping>([&] {
    log.add("a");
    channel.off(b);
  });
  b = channel.on<Ping>(says("b"));
  EXPECT_EQ(ping(), "a b");
  EXPECT_EQ(ping(), "a");
}

TEST_F(EmittingTest, CallsAllListenersOfTheBeginningThoughAllAreRemoved) {
  channel.on<Ping>([&] {
    log.add("a");
    channel.remove_all_listeners();
  });
  channel.on<Ping>(says("b"));
  channel.once<Ping>(says("c"));
  EXPECT_EQ(ping(), "a b c");
  EXPECT_FALSE(channel.emit(Ping{}));
}

TEST_F(EmittingTest, CallsAListenerThatWasAddedDuringTheEmitFromTheNextOneOn) {
  channel.once<Ping>([&] {
    log.add("a");
    channel.on<Ping>(says("last"));
    channel.prepend<Ping>(says("first"));
  });
  channel.on<Ping>(says("b"));
  EXPECT_EQ(ping(), "a b");
  EXPECT_EQ(ping(), "first b last");
}

TEST_F(EmittingTest, ShowsAnEmitInsideAnEmitTheListenersOfThatMoment) {
  channel.once<Message>([&] {
    channel.on<Ping>(says("added"));
    EXPECT_EQ(ping(), "ping added");
  });
  channel.on<Ping>(says("ping"));
  channel.emit(Message{});
}

TEST_F(EmittingTest, LetsAListenerRemoveItself) {
  ListenerId id{};
  id = channel.on<Ping>([&, owned = std::make_unique<std::string>("self")] {
    channel.off(id);
    log.add(*owned);
  });
  EXPECT_EQ(ping(), "self");
  EXPECT_EQ(ping(), "");
}

// once

TEST_F(EmittingTest, RemovesAOnceBeforeItIsCalled) {
  channel.once<Ping>([&] {
    log.add("once");
    EXPECT_EQ(channel.listener_count<Ping>(), 0u);
    EXPECT_FALSE(channel.emit(Ping{}));
  });
  EXPECT_EQ(ping(), "once");
}

TEST_F(EmittingTest, CallsAOnceOneTimeThoughTwoEmitsHoldIt) {
  int depth = 0;
  channel.on<Ping>([&] {
    log.add("on");
    if (++depth == 1) channel.emit(Ping{});
  });
  channel.once<Ping>(says("once"));
  EXPECT_EQ(ping(), "on on once");
}

TEST_F(EmittingTest, LetsAOnceListenAnew) {
  channel.once<Ping>([&] {
    log.add("first");
    channel.once<Ping>(says("second"));
  });
  EXPECT_EQ(ping(), "first");
  EXPECT_EQ(ping(), "second");
  EXPECT_EQ(ping(), "");
}

TEST_F(EmittingTest, LeavesOneListenerOfTwoWhereOneIsAOnce) {
  channel.once<Ping>(says("once"));
  channel.on<Ping>(says("on"));
  EXPECT_EQ(ping(), "once on");
  EXPECT_EQ(channel.listener_count<Ping>(), 1u);
  EXPECT_EQ(ping(), "on");
}

TEST_F(EmittingTest, HasRemovedAOnceThatThrows) {
  channel.once<Ping>([] { throw std::runtime_error("once"); });
  EXPECT_THROW(channel.emit(Ping{}), std::runtime_error);
  EXPECT_FALSE(channel.emit(Ping{}));
}

// exceptions, Error

TEST_F(EmittingTest, EndsTheEmitWhereAListenerThrows) {
  channel.on<Ping>(says("a"));
  channel.once<Ping>([] { throw std::runtime_error("thrown"); });
  channel.on<Ping>(says("c"));
  EXPECT_THROW(channel.emit(Ping{}), std::runtime_error);
  EXPECT_EQ(log.take(), "a");
  EXPECT_EQ(ping(), "a c");
}

TEST_F(EmittingTest, ThrowsAnErrorWithoutAListener) {
  const Error error("boom");
  channel.on<Ping>(says("ping"));
  try {
    channel.emit(error);
    FAIL() << "nothing was thrown";
  } catch (const Error& thrown) {
    EXPECT_EQ(thrown, error);
  }
}

TEST_F(EmittingTest, ThrowsNoErrorThatIsListenedTo) {
  channel.once<Error>([&](const Error& error) { log.add("error", error); });
  EXPECT_TRUE(channel.emit(Error(Errc::stream_destroyed, "gone")));
  EXPECT_EQ(log.take(), "error(ERR_STREAM_DESTROYED)");
  EXPECT_THROW(channel.emit(Error("again")), Error);
}

// errorMonitor

TEST_F(EmittingTest, AMonitorSeesAnErrorBeforeItsListeners) {
  channel.on<Error>([&](const Error& error) { log.add("error", error); });
  channel.on<ErrorMonitor>([&](const ErrorMonitor& event) { log.add("monitor", event.error); });
  channel.on<ErrorMonitor>([&](const Error& error) { log.add("again", error); });
  EXPECT_TRUE(channel.emit(Error(Errc::aborted)));
  EXPECT_EQ(log.take(), "monitor(ABORT_ERR) again(ABORT_ERR) error(ABORT_ERR)");
  EXPECT_EQ(channel.listener_count<ErrorMonitor>(), 2u);
  EXPECT_THAT(channel.event_names(), ElementsAre("error", "errorMonitor"));
}

TEST_F(EmittingTest, AMonitorHandlesNoError) {
  channel.on<ErrorMonitor>(says("monitor"));
  EXPECT_EQ(test::thrown_by([&] { channel.emit(Error("boom")); }), Error("boom"));
  EXPECT_EQ(log.take(), "monitor");
}

TEST_F(EmittingTest, AMonitorMayRemoveTheListenersOfAnError) {
  channel.on<Error>(says("never"));
  channel.once<ErrorMonitor>([&] {
    log.add("monitor");
    channel.remove_all_listeners<Error>();
  });
  EXPECT_EQ(test::thrown_by([&] { channel.emit(Error("boom")); }), Error("boom"));
  EXPECT_EQ(log.take(), "monitor");
}

TEST_F(EmittingTest, AnExceptionOfAMonitorLeavesTheEmit) {
  channel.on<ErrorMonitor>([] { throw Error("of the monitor"); });
  channel.on<Error>(says("never"));
  EXPECT_EQ(test::thrown_by([&] { channel.emit(Error("boom")); }), Error("of the monitor"));
  EXPECT_EQ(log.take(), "");
}

TEST_F(EmittingTest, AMonitorThatDestroysTheEmitterEndsTheEmit) {
  for (const bool heard : {false, true}) {
    auto doomed = std::make_optional<Channel>();
    if (heard) doomed->on<Error>(says("never"));
    doomed->on<ErrorMonitor>([&] { doomed.reset(); });
    const Error thrown = test::thrown_by([&] { doomed->emit(Error("boom")); });
    EXPECT_EQ(thrown, heard ? Error() : Error("boom"));
    EXPECT_EQ(log.take(), "");
  }
}

// destruction

TEST_F(EmittingTest, DestroysTheCapturesOfItsListeners) {
  const auto owned = std::make_shared<int>();
  {
    Channel brief;
    brief.on<Ping>([owned] {});
    brief.once<Message>([owned] {});
  }
  EXPECT_EQ(owned.use_count(), 1);
}

struct Counted : RefCounted, Channel {};

TEST_F(EmittingTest, MayBeDestroyedByItsListener) {
  Ref<Counted> counted = make_ref<Counted>();
  counted->on<Ping>([&, owned = std::make_unique<std::string>("listener")] {
    counted = nullptr;
    log.add(*owned);
  });
  EXPECT_TRUE(counted->emit(Ping{}));
  EXPECT_EQ(log.take(), "listener");
}

TEST_F(EmittingTest, EndsTheEmitsThatAreUnderWayWhereAListenerDestroysIt) {
  Ref<Counted> counted = make_ref<Counted>();
  counted->on<Message>([&] { counted->emit(Ping{}); });
  counted->once<Message>(says("message"));
  counted->on<Ping>([&] { counted = nullptr; });
  counted->once<Ping>(says("ping"));
  EXPECT_TRUE(counted->emit(Message{}));
  EXPECT_EQ(log.take(), "");
}

TEST_F(EmittingTest, MayBeHeldByItsOwnListener) {
  const auto owned = std::make_shared<int>();
  Ref<Counted> counted = make_ref<Counted>();
  counted->once<Ping>([owned, self = counted] { self->emit(Message{}); });
  counted->on<Message>([owned] {});
  Counted& emitter = *counted;
  counted = nullptr;
  emitter.emit(Ping{});
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(EmittingTest, EmitsOnAfterAnEmitInsideIsOver) {
  channel.on<Ping>([&] { channel.emit(Message{}); });
  channel.on<Ping>(says("ping"));
  channel.on<Message>(says("message"));
  EXPECT_EQ(ping(), "message ping");
  EXPECT_EQ(ping(), "message ping");
}

}  // namespace
}  // namespace weir
