// support/stream_test.h - the fixture of tests that need a stream and no loop.
//
//   auto stream = make({.write = true, .final = true}, {.high_water_mark = 4});
//   stream->end("a", cb("endcb"));
//   EXPECT_EQ(now(), "_write(a)");
//   sink.complete();
//   EXPECT_EQ(now(), "_final");
//   sink.complete();
//   EXPECT_EQ(after_ticks(), "prefinish endcb finish close");
//
// Events are listened to, and functions of the sink logged as "_write(a)"; see event_log.h.
#pragma once

#include "support/event_log.h"
#include <weir/event/tick_queue.h>
#include <weir/stream/writable.h>
#include <weir/testing/manual_sink.h>

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir::test {

class StreamTest : public testing::Test {
 protected:
  // Destroys streams before the objects they use.
  void TearDown() override {
    sink.automatic = true;
    sink.drop_pending();
    ticks.close();
    EXPECT_EQ(sink.devices(), 0u) << "a stream was leaked";
  }

  Ref<Writable> make_silent(SinkTraits traits = {.write = true},
                            const WritableOptions& options = {}) {
    return Writable::make(ticks, sink.device(traits), traits, options);
  }
  Ref<Writable> make(SinkTraits traits = {.write = true}, const WritableOptions& options = {}) {
    auto stream = make_silent(traits, options);
    log.listen(*stream);
    return stream;
  }

  Callback cb(std::string name) { return log.callback(std::move(name)); }

  // The log since the last call, and then with the events of the ticks.
  std::string now() { return log.take(); }
  std::string after_ticks() {
    ticks.drain();
    return log.take();
  }

  EventLog log;
  ManualSink<Chunk> sink{log};
  TickQueue ticks;
};

}  // namespace weir::test
