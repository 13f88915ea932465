// The fixture of the tests of one Producer.
#pragma once

#include "support/loop_test.h"
#include <weir/stream/writable.h>
#include <weir/testing/manual_sink.h>
#include <weir/thread/producer.h>

#include <string>
#include <utility>

namespace weir::test {

// A Producer into a sink that the test completes. Without threads: the loop is turned by hand.
class ProducerTest : public LoopTest {
 protected:
  ProducerTest() {
    loop.on_warning([this](const Warning& warning) { log.add(warning.name); });
  }

  Ref<Writable> open(WritableOptions options = {}, SinkTraits traits = {.write = true}) {
    stream = Writable::make(loop, sink.device(traits), traits, options);
    return stream;
  }
  std::string after_turns(int turns = 4) {
    for (int i = 0; i < turns; ++i) loop.poll();
    return log.take();
  }
  // Completes the sink's write, and lets the rest of it happen.
  std::string after_write(Error error = {}) {
    sink.complete_with(std::move(error), "write");
    return after_turns();
  }

  ManualSink<Chunk> sink{log};
  Ref<Writable> stream;
};

}  // namespace weir::test
