// NewListener and RemoveListener.
#include "support/channel_test.h"

#include <stdexcept>

#include <gmock/gmock.h>

namespace weir {
namespace {

using test::Message;
using test::Ping;
using testing::IsEmpty;

class ListenerEventsTest : public test::ChannelTest {};

TEST_F(ListenerEventsTest, AnnouncesANewListenerBeforeItIsStored) {
  channel.on<NewListener>([&](const NewListener& added) {
    log.add(added.event);
    EXPECT_EQ(channel.listener_count<Ping>(), 0u);
  });
  EXPECT_EQ(log.take(), "") << "it tells of itself";
  channel.on<Message>([] {});
  channel.once<Ping>([] {});
  EXPECT_EQ(log.take(), "message ping");
}

TEST_F(ListenerEventsTest, PutsAListenerThatNewListenerAddsBeforeTheNewOne) {
  channel.once<NewListener>([&] { channel.on<Ping>(says("first")); });
  channel.on<Ping>(says("second"));
  EXPECT_EQ(ping(), "first second");
}

TEST_F(ListenerEventsTest, AddsNothingWhereNewListenerThrows) {
  channel.on<NewListener>([] { throw std::runtime_error("no more"); });
  EXPECT_THROW(channel.on<Ping>([] {}), std::runtime_error);
  EXPECT_EQ(channel.listener_count<Ping>(), 0u);
}

TEST_F(ListenerEventsTest, AnnouncesARemovalAfterIt) {
  channel.on<RemoveListener>([&](const RemoveListener& removed) {
    log.add(removed.event);
    EXPECT_EQ(channel.listener_count<Ping>(), 0u);
  });
  const ListenerId id = channel.on<Ping>([] {});
  channel.off(id);
  EXPECT_EQ(log.take(), "ping");
}

TEST_F(ListenerEventsTest, AnnouncesTheRemovalOfAOnceBeforeItsCall) {
  channel.on<RemoveListener>([&] { log.add("removed"); });
  channel.once<Ping>(says("ping"));
  EXPECT_EQ(ping(), "removed ping");
}

TEST_F(ListenerEventsTest, RemovesAllTheLastFirstAndAnnouncesEach) {
  channel.on<RemoveListener>([&](const RemoveListener& removed) {
    log.add(removed.event);
    log.add(std::to_string(channel.listener_count<Ping>()));
  });
  channel.on<Ping>([] {});
  channel.on<Ping>([] {});
  channel.remove_all_listeners<Ping>();
  EXPECT_EQ(log.take(), "ping 1 ping 0");
}

TEST_F(ListenerEventsTest, RemovesListenersOfRemoveListenerAfterAllOthers) {
  channel.on<RemoveListener>([&](const RemoveListener& removed) { log.add(removed.event); });
  channel.on<Message>([] {});
  channel.on<Ping>([] {});
  channel.remove_all_listeners();
  EXPECT_EQ(log.take(), "message ping");
  EXPECT_THAT(channel.event_names(), IsEmpty());
}

TEST_F(ListenerEventsTest, KeepsAListenerThatIsAddedWhileAllOfItsEventAreRemoved) {
  channel.on<RemoveListener>([&] { channel.on<Ping>(says("anew")); });
  channel.on<Ping>(says("old"));
  channel.on<Ping>(says("old"));
  channel.remove_all_listeners<Ping>();
  EXPECT_EQ(ping(), "anew anew");
}

TEST_F(ListenerEventsTest, KeepsNoListenerWhenAllOfAllEventsAreRemoved) {
  channel.on<RemoveListener>([&] { channel.on<Ping>(says("anew")); });
  channel.on<Ping>(says("old"));
  channel.remove_all_listeners();
  EXPECT_THAT(channel.event_names(), IsEmpty());
}

}  // namespace
}  // namespace weir
