#include "thread/producer_test.h"
#include <weir/thread/producer.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

using test::ProducerTest;

TEST_F(ProducerTest, TheLastCopyEndsTheStream) {
  sink.automatic = true;
  open();
  log.listen(*stream);
  {
    const Producer producer(loop, stream);
    Producer copy = producer;
    Producer moved = std::move(copy);
    moved.write("a");
    moved = producer;
    moved.write("b");
  }
  EXPECT_EQ(after_run(), "_write(ab) prefinish finish close");
}

TEST_F(ProducerTest, LeavesTheStreamOpenWithoutEnd) {
  sink.automatic = true;
  {
    const Producer producer(loop, open(), {.end = false});
    producer.write("a");
  }
  EXPECT_EQ(after_run(), "_write(a)");
  EXPECT_TRUE(stream->writable());
  stream->write("b");
  EXPECT_EQ(after_run(), "_write(b)");
}

TEST_F(ProducerTest, EndIsForAllCopies) {
  sink.automatic = true;
  open();
  log.listen(*stream);
  const Producer producer(loop, stream);
  const Producer copy = producer;
  copy.write("a");
  producer.end();
  producer.end();
  EXPECT_FALSE(copy.write("b"));
  EXPECT_FALSE(copy.try_write("b"));
  EXPECT_FALSE(copy.print("b"));
  EXPECT_EQ(copy.error(), Errc::stream_write_after_end);
  EXPECT_EQ(after_run(), "_write(a) prefinish finish close");
  EXPECT_FALSE(copy.write("b"));
  EXPECT_EQ(copy.error(), Errc::stream_write_after_end);
  EXPECT_EQ(copy.counts().accepted, 1u);
  EXPECT_TRUE(copy.flush_and_wait());
}

TEST_F(ProducerTest, KeepsTheLoopRunningUntilTheLastCopyIsGone) {
  sink.automatic = true;
  std::optional<Producer> producer(std::in_place, loop, open());
  EXPECT_TRUE(loop.poll());
  std::jthread other([copy = *producer] { copy.write("a"); });
  producer.reset();
  EXPECT_EQ(after_run(), "_write(a)");
}

TEST_F(ProducerTest, KeepsTheLoopRunningOnlyForQueuedRecordsIfAskedTo) {
  sink.automatic = true;
  const Producer producer(loop, open(), {.keep_running = false});
  EXPECT_EQ(after_run(), "");
  producer.write("a");
  EXPECT_EQ(after_run(), "_write(a)");
  producer.write("b");
  EXPECT_EQ(after_run(), "_write(b)");
  EXPECT_FALSE(loop.poll());
}

TEST_F(ProducerTest, AWriteThatFailsEndsIt) {
  open();
  stream->on<Error>([](const Error&) {});
  const Producer producer(loop, stream);
  producer.write("a");
  EXPECT_EQ(after_turns(), "_write(a)");
  producer.write("b");
  EXPECT_EQ(after_write(Error("failed")), "LostRecordsWarning");
  EXPECT_FALSE(producer.write("c"));
  EXPECT_FALSE(producer.try_write("c"));
  EXPECT_EQ(producer.error(), Error("failed"));
  EXPECT_EQ(producer.counts().lost, 2u);
  EXPECT_EQ(producer.counts().accepted, 2u);
  EXPECT_EQ(producer.counts().queued_bytes, 0u);
  EXPECT_FALSE(producer.flush_and_wait());
  loop.run();  // nothing keeps it running
}

TEST_F(ProducerTest, ARecordThatExceedsTheStreamsLimitEndsItWithoutAGap) {
  sink.automatic = true;
  open({.max_buffered = 20'000});
  stream->on<Error>([] {});
  const Producer producer(loop, stream);
  EXPECT_TRUE(producer.write("before"));
  after_turns();
  EXPECT_TRUE(producer.write(std::string(70'000, 'x')));  // has a block of its own
  EXPECT_TRUE(producer.write("after"));
  EXPECT_EQ(after_run(), "LostRecordsWarning");
  EXPECT_EQ(producer.error(), Errc::buffer_overflow);
  EXPECT_EQ(producer.counts().written, 1u);
  EXPECT_EQ(producer.counts().lost, 2u);
  EXPECT_FALSE(stream->destroyed());
}

TEST_F(ProducerTest, TheStreamsErrorIsStillUncaughtWithoutAListener) {
  const Producer producer(loop, open());
  producer.write("a");
  after_turns();
  sink.complete_with(Error("failed"), "write");
  EXPECT_EQ(test::thrown_by([&] { loop.run(); }), Error("failed"));
  EXPECT_EQ(producer.error(), Error("failed"));
}

TEST_F(ProducerTest, AStreamThatIsDestroyedEndsIt) {
  for (const bool emits_close : {true, false}) {
    const Producer producer(loop, open({.emit_close = emits_close}));
    stream->destroy();
    loop.run();
    EXPECT_FALSE(producer.write("a"));
    EXPECT_EQ(producer.error(), Errc::stream_destroyed);
  }
}

TEST_F(ProducerTest, AStreamThatIsEndedByOthersEndsIt) {
  sink.automatic = true;
  const Producer producer(loop, open());
  producer.write("a");
  stream->end();
  EXPECT_EQ(after_turns(), "LostRecordsWarning");
  EXPECT_FALSE(producer.write("b"));
  EXPECT_EQ(producer.error(), Errc::stream_write_after_end);
  EXPECT_EQ(producer.counts().lost, 1u);
  loop.run();
}

TEST_F(ProducerTest, OfAStreamThatIsClosedAcceptsNothing) {
  open();
  stream->destroy();
  after_turns();
  const Producer producer(loop, stream);
  EXPECT_FALSE(producer.write("a"));
  EXPECT_EQ(producer.error(), Errc::stream_destroyed);
  loop.run();
}

TEST_F(ProducerTest, ASinkThatThrowsEndsIt) {
  survive();
  const auto thrower =
      Writable::make(loop, {.write = [](const Chunk&, Done) { throw std::runtime_error("sink"); }});
  const Producer producer(loop, thrower);
  producer.write("a");
  EXPECT_EQ(after_turns(), "! LostRecordsWarning");
  EXPECT_FALSE(producer.write("b"));
  EXPECT_EQ(std::string(producer.error().what()).find("sink") != std::string::npos, true)
      << producer.error().what();
}

TEST_F(ProducerTest, TheLoopsDestructionEndsIt) {
  std::optional<Loop> own(std::in_place);
  auto device = sink.device({.write = true});
  const Producer producer(*own,
                          Writable::make(*own, std::move(device), SinkTraits{.write = true}, {}));
  producer.write("a");
  own->poll();
  producer.write("b");
  testing::internal::CaptureStderr();
  own.reset();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "(weir) LostRecordsWarning: 2 records of a Producer will not be written: AbortError: "
            "The Loop was destroyed\n");
  EXPECT_FALSE(producer.write("c"));
  EXPECT_FALSE(producer.try_write("c"));
  EXPECT_EQ(producer.error(), Errc::aborted);
  EXPECT_FALSE(producer.flush_and_wait());
  producer.end();
}

}  // namespace
}  // namespace weir
