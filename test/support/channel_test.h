// support/channel_test.h - a fixture with an emitter whose listeners write a log.
#pragma once

#include "support/event_log.h"
#include <weir/base/error.h>
#include <weir/event/emitter.h>

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace weir::test {

struct Message {
  static constexpr std::string_view kEventName = "message";
  std::string text;
};
struct Ping {
  static constexpr std::string_view kEventName = "ping";
};

using Channel = Emitter<Message, Ping, Error>;

class ChannelTest : public testing::Test {
 protected:
  auto says(std::string name) {
    return [this, name = std::move(name)] { log.add(name); };
  }
  // The calls of one emit of Ping, in order.
  std::string ping() {
    channel.emit(Ping{});
    return log.take();
  }

  EventLog log;
  Channel channel;
};

}  // namespace weir::test
