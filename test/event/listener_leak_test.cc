// The warning of a likely leak of listeners.
#include "support/channel_test.h"
#include <weir/event/tick_queue.h>

#include <vector>

#include <gmock/gmock.h>

namespace weir {
namespace {

using test::Channel;
using test::Message;
using test::Ping;
using testing::HasSubstr;
using testing::IsEmpty;

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

TEST_F(LeakTest, StartsAtTheEmittersLimit) {
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

}  // namespace
}  // namespace weir
