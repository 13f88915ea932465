// The contract of every destination: a file, a socket, a response, a program's own sink.
#include "support/destination.h"
#include "support/event_log.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace weir::test {
namespace {

class DestinationTest : public testing::TestWithParam<DestinationKind> {
 protected:
  DestinationTest() {
    stream->on<Finish>([this] { log.add("finish"); });
    stream->on<Error>([this](const Error& error) { log.add("error", error); });
    stream->on<Close>([this] { log.add("close"); });
  }

  std::string received() { return destination->received(); }

  EventLog log;
  Loop loop;
  std::unique_ptr<Destination> destination = GetParam().make();
  Ref<Writable> stream = destination->open(loop);
};

INSTANTIATE_TEST_SUITE_P(Every, DestinationTest, testing::ValuesIn(every_destination()),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(DestinationTest, GetsAllInOrderAndClosesOnce) {
  for (int i = 0; i < 1000; ++i) stream->print("line {}\n", i);
  stream->end();
  EXPECT_TRUE(stream->writable_ended());
  loop.run();
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += fmt::format("line {}\n", i);
  EXPECT_EQ(received(), expected);
  EXPECT_EQ(log.take(), "finish close");
  EXPECT_EQ(stream->closed(), !GetParam().opens_again);
  EXPECT_EQ(stream->writable_finished(), !GetParam().opens_again);
  EXPECT_EQ(stream->writable_length(), 0u);
}

TEST_P(DestinationTest, AcknowledgesEachWriteOnceInOrderBeforeItFinishes) {
  stream->write("a", log.callback("a"));
  stream->write(std::string(100'000, 'b'), log.callback("b"));
  stream->write(Buffer::copy("c"), log.callback("c"));
  stream->write("", log.callback("empty"));
  EXPECT_EQ(log.take(), "");  // never before write returns
  stream->end("d", log.callback("end"));
  loop.run();
  EXPECT_EQ(received(), "a" + std::string(100'000, 'b') + "cd");
  const std::string events = log.take();
  EXPECT_TRUE(events == "a b c empty end finish close" || events == "a b c empty finish end close")
      << events;
}

TEST_P(DestinationTest, ReportsThatItIsFullAndThatItHasDrained) {
  // A producer that stops at false and continues at Drain writes all chunks. The stream never
  // buffers more than the mark and one chunk.
  const std::string chunk(10'000, 'x');
  int left = 3000;
  int refused = 0;
  int drained = 0;
  std::size_t longest = 0;
  const std::function<void()> write = [&] {
    while (left > 0) {
      --left;
      const bool more = stream->write(chunk);
      longest = std::max(longest, stream->writable_length());
      if (!more) {
        ++refused;
        EXPECT_TRUE(stream->writable_need_drain());
        stream->once<Drain>([&] {
          ++drained;
          EXPECT_EQ(stream->writable_length(), 0u);
          write();
        });
        return;
      }
    }
    stream->end();
  };
  write();
  loop.run();
  EXPECT_EQ(refused, drained);
  EXPECT_LE(longest, stream->writable_high_water_mark() + chunk.size());
  EXPECT_EQ(received().size(), 30'000'000u);
  EXPECT_EQ(log.take(), "finish close");
}

TEST_P(DestinationTest, HoldsBackWhileCorked) {
  stream->cork();
  stream->cork();
  stream->write("held ");
  stream->write("back");
  EXPECT_EQ(stream->writable_corked(), 2u);
  EXPECT_EQ(stream->writable_length(), 9u);
  stream->uncork();
  EXPECT_EQ(stream->writable_length(), 9u);
  loop.set_immediate([&] {
    EXPECT_EQ(stream->writable_length(), 9u);
    stream->uncork();
    stream->end();
  });
  loop.run();
  EXPECT_EQ(received(), "held back");
  EXPECT_EQ(log.take(), "finish close");
}

TEST_P(DestinationTest, EndsEveryCork) {
  stream->cork();
  stream->write("corked");
  stream->end();
  loop.run();
  EXPECT_EQ(received(), "corked");
}

TEST_P(DestinationTest, RefusesAWriteAfterItsEnd) {
  stream->end("all");
  EXPECT_FALSE(stream->write("late", log.callback("late")));
  EXPECT_EQ(stream->writable(), GetParam().opens_again);
  loop.run();
  const std::string events = log.take();
  EXPECT_TRUE(events.starts_with("late(ERR_STREAM_WRITE_AFTER_END) ")) << events;
  EXPECT_TRUE(events.contains("error(ERR_STREAM_WRITE_AFTER_END) close")) << events;
}

TEST_P(DestinationTest, FailsPendingWritesWhenItIsDestroyed) {
  if (GetParam().opens_again) GTEST_SKIP() << "it is open again at once";
  int completed = 0;
  for (int i = 0; i < 5; ++i) stream->write(std::string(50'000, 'x'), [&] { ++completed; });
  stream->destroy();
  EXPECT_TRUE(stream->destroyed());
  EXPECT_FALSE(stream->write("late"));
  loop.run();
  EXPECT_EQ(completed, 5);
  EXPECT_EQ(log.take(), "close");
  EXPECT_FALSE(stream->writable_finished());
  EXPECT_TRUE(stream->writable_aborted());
}

TEST_P(DestinationTest, ReportsTheErrorOfItsDestruction) {
  stream->write("x");
  stream->destroy(Error("reason"));
  if (!GetParam().opens_again) stream->destroy(Error("another"));
  loop.run();
  EXPECT_EQ(log.take(), GetParam().emits_what_destroys_it ? "error(reason) close" : "close");
  EXPECT_EQ(stream->errored().message(), GetParam().opens_again ? "" : "reason");
}

TEST_P(DestinationTest, CallsBackAnEndThatIsTooLate) {
  if (GetParam().opens_again) GTEST_SKIP() << "no end is too late for it";
  stream->end(log.callback("first"));
  loop.run();
  log.take();
  stream->end(log.callback("second"));
  loop.run();
  EXPECT_EQ(log.take(), "second(ERR_STREAM_ALREADY_FINISHED)");
}

TEST_P(DestinationTest, DecodesText) {
  stream->write("e9", Encoding::hex);
  stream->write("\u00e9", Encoding::latin1);
  stream->end("\u00e9");
  loop.run();
  EXPECT_EQ(received(), "\xe9\xe9\xc3\xa9");
}

TEST_P(DestinationTest, ReceivesAPipe) {
  const std::vector<std::string> chunks(50, std::string(20'000, 'p'));
  // A pipe would leave a standard stream open.
  pipeline(Readable::from(loop, chunks), stream, log.callback("pipeline"));
  loop.run();
  EXPECT_EQ(received().size(), 1'000'000u);
  const std::string events = log.take();
  EXPECT_TRUE(events == "finish close pipeline" || events == "finish pipeline close") << events;
}

TEST_P(DestinationTest, WritesOnFromItsOwnCallbacks) {
  int left = 100;
  const std::function<void()> again = [&] {
    if (--left == 0) return static_cast<void>(stream->end());
    stream->write("again ", [&] { again(); });
  };
  again();
  loop.run();
  EXPECT_EQ(received().size(), 99u * 6);
}

}  // namespace
}  // namespace weir::test
