// The first test of a stream, with GoogleTest: the events are compared as one text.
#include <weir/testing/event_log.h>
#include <weir/testing/manual_sink.h>
#include <weir/weir.h>

#include <gtest/gtest.h>

namespace {

// The program's own; it may write to any stream.
void greet(weir::Writable& out) {
  out.write("Hello");
  out.end(", world");
}

TEST(GreetTest, WritesBothPartsAndEnds) {
  weir::Loop loop;
  weir::test::EventLog log;
  weir::test::ManualSink<> sink(log);
  sink.automatic = true;  // completes each write at once
  auto stream = sink.make(loop);
  log.listen(*stream);
  greet(*stream);
  loop.run();
  EXPECT_EQ(log.take(), "_write(Hello) _write(, world) prefinish finish close");
}

}  // namespace
