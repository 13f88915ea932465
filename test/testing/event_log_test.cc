#include <weir/testing/event_log.h>

#include <weir/loop/loop.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>
#include <weir/testing/manual_sink.h>

#include <cerrno>

#include <gtest/gtest.h>

namespace weir::test {
namespace {

TEST(EventLogTest, HasTheEventsOfAWritableInTheirOrder) {
  Loop loop;
  EventLog log;
  ManualSink<> sink(log);
  sink.automatic = true;
  auto stream = sink.make(loop);
  log.listen(*stream);
  stream->write("a", log.callback("written"));
  stream->end(log.callback("ended"));
  loop.run();
  EXPECT_EQ(log.take(), "_write(a) prefinish written ended finish close");
  EXPECT_EQ(log.take(), "") << "taken";
}

TEST(EventLogTest, HasTheChunksOfAReadableIfItIsAsked) {
  Loop loop;
  EventLog log;
  auto stream = Readable::from(loop, "abc");
  log.listen(*stream, "r:");
  log.listen_to_data(*stream, "r:");
  loop.run();
  EXPECT_EQ(log.take(), "r:resume r:data(abc) r:end r:close");
}

TEST(EventLogTest, NamesAnErrorByItsCodeOrItsMessage) {
  EXPECT_EQ(name_of({}), "ok");
  EXPECT_EQ(name_of(Error::system(ENOSPC, "write")), "ENOSPC");
  EXPECT_EQ(name_of(Error("the sink is full")), "the sink is full");
}

}  // namespace
}  // namespace weir::test
