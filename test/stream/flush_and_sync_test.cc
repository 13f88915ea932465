#include "support/stream_test.h"
#include <weir/stream/duplex.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/writable.h>

#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

class FlushAndSyncTest : public test::StreamTest {
 protected:
  // The kinds of sinks: each write alone, batches of queued writes, all writes of a tick.
  static constexpr SinkTraits kEach{.write = true, .sync = true};
  static constexpr SinkTraits kBatches{.write = true, .writev = true, .sync = true};
  static constexpr SinkTraits kTick{
      .writev = true, .delivery = Delivery::until_tick, .merges = true, .sync = true};
};

TEST_F(FlushAndSyncTest, ASyncComesAfterTheWritesBeforeItAndBeforeTheWritesAfterIt) {
  const auto stream = make(kEach);
  stream->write("a", cb("a"));
  stream->sync(cb("synced"));
  stream->write("b", cb("b"));
  EXPECT_EQ(after_ticks(), "_write(a)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "_sync a");
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(b) synced");
  sink.complete();
  EXPECT_EQ(after_ticks(), "b");
}

TEST_F(FlushAndSyncTest, ComesAfterTheCallbackOfAWriteOfNoBytes) {
  const std::span<const std::byte> none;
  const ByteSpan nothing[] = {none, none};
  for (const SinkTraits traits : {kEach, kBatches, kTick})
    for (int kind = 0; kind < 3; ++kind) {
      sink.automatic = false;
      const auto stream = make_silent(traits);
      stream->write("a", cb("a"));
      after_ticks();
      if (kind == 0) stream->write("", cb("nothing"));
      if (kind == 1) stream->write(Buffer(), cb("nothing"));
      if (kind == 2) stream->write_all(nothing, cb("nothing"));
      stream->sync(cb("synced"));
      sink.automatic = true;
      sink.complete();
      const std::string calls = after_ticks();
      EXPECT_LT(calls.find("nothing"), calls.find("synced")) << calls;
      EXPECT_NE(calls.find("synced"), std::string::npos) << calls;
    }
}

TEST_F(FlushAndSyncTest, AFlushCallsBackAfterTheWritesBeforeItWithoutACallOfTheSink) {
  for (const SinkTraits traits : {kEach, kBatches, kTick}) {
    const auto stream = make(traits);
    stream->write("a", cb("a"));
    stream->flush(cb("flushed"));
    after_ticks();
    sink.complete();
    EXPECT_EQ(after_ticks(), "a flushed");
    stream->destroy();
    after_ticks();
  }
}

TEST_F(FlushAndSyncTest, ASinkThatIsDoneAtOnceKeepsTheOrderOfTheCallbacks) {
  sink.automatic = true;
  for (const SinkTraits traits : {kEach, kBatches, kTick}) {
    const auto stream = make_silent(traits);
    stream->write("a", cb("a"));
    stream->flush(cb("flushed"));
    stream->sync(cb("synced"));
    stream->write("b", cb("b"));
    stream->flush(cb("flushed again"));
    std::string callbacks = after_ticks();
    for (const char* const call :
         {"_write(a) ", "_write(b) ", "_writev(a,b) ", "_writev(ab) ", "_sync "})
      if (const auto at = callbacks.find(call); at != std::string::npos)
        callbacks.erase(at, std::string_view(call).size());
    // Where the sink gets both writes at once, both are done first.
    if (traits.delivery == Delivery::each)
      EXPECT_EQ(callbacks, "a flushed synced b flushed again");
    else
      EXPECT_EQ(callbacks, "a b flushed synced flushed again");
    stream->destroy();
    after_ticks();
  }
}

TEST_F(FlushAndSyncTest, NothingBeforeItIsNothingToWaitFor) {
  for (const SinkTraits traits : {kEach, kBatches, kTick}) {
    const auto stream = make_silent(traits);
    stream->flush(cb("flushed"));
    EXPECT_EQ(now(), "");
    EXPECT_EQ(after_ticks(), "flushed");
    stream->sync(cb("synced"));
    after_ticks();
    sink.complete("sync");
    EXPECT_EQ(after_ticks(), "synced");
    stream->destroy();
    after_ticks();
  }
}

TEST_F(FlushAndSyncTest, SyncsThatWaitTogetherAreOneCall) {
  for (const SinkTraits traits : {kEach, kBatches, kTick}) {
    const auto stream = make_silent(traits);
    int synced = 0;
    stream->sync([&](const Error&) { ++synced; });
    after_ticks();
    for (int i = 0; i < 1000; ++i) {
      if (i % 100 == 0) stream->write("x");
      stream->sync([&](const Error&) { ++synced; });
    }
    int calls = 0;
    while (sink.pending() > 0) {
      sink.complete();
      for (std::string calls_made = after_ticks();;) {
        const auto at = calls_made.find("_sync");
        if (at == std::string::npos) break;
        ++calls;
        calls_made.erase(0, at + 1);
      }
    }
    EXPECT_EQ(synced, 1001);
    EXPECT_LE(calls, traits.delivery == Delivery::each && !traits.writev ? 10 : 1);
    stream->destroy();
    after_ticks();
  }
}

TEST_F(FlushAndSyncTest, WritesOfASyncAreAcceptedAndDrainDoesNotWaitForIt) {
  const auto stream = make(kTick, {.high_water_mark = 4});
  EXPECT_FALSE(stream->write("abcd"));
  stream->sync(cb("synced"));
  sink.complete();
  EXPECT_EQ(after_ticks(), "_writev(abcd) _sync drain");
  EXPECT_TRUE(stream->write("e"));
  EXPECT_EQ(after_ticks(), "");
  sink.complete("sync");
  EXPECT_EQ(after_ticks(), "_writev(e) synced");
}

TEST_F(FlushAndSyncTest, AFailedSyncFailsTheStreamAndAllThatFollows) {
  for (const SinkTraits traits : {kEach, kBatches, kTick}) {
    const auto stream = make(traits);
    stream->sync(cb("first"));
    after_ticks();
    stream->write("a", cb("a"));
    stream->sync(cb("second"));
    stream->end(cb("end"));
    sink.complete_with(Error::system(EIO, "fdatasync"));
    EXPECT_EQ(after_ticks(), "first(EIO) a(EIO) second(EIO) end(EIO) error(EIO) close");
    stream->sync(cb("third"));
    stream->flush(cb("fourth"));
    EXPECT_EQ(after_ticks(), "third(EIO) fourth(EIO)");
  }
}

TEST_F(FlushAndSyncTest, AFailedWriteFailsTheSyncAfterIt) {
  const auto stream = make(kEach);
  stream->write("a", cb("a"));
  stream->flush(cb("flushed"));
  stream->sync(cb("synced"));
  sink.complete_with(Error::system(ENOSPC, "write"));
  EXPECT_EQ(after_ticks(),
            "_write(a) a(ENOSPC) flushed(ENOSPC) synced(ENOSPC) error(ENOSPC) close");
}

TEST_F(FlushAndSyncTest, AWriteThatFailsAtOnceFailsThemToo) {
  sink.automatic = true;
  sink.fails = Error::system(ENOSPC, "write");
  for (const SinkTraits traits : {kEach, kBatches, kTick}) {
    const auto stream = make(traits);
    stream->cork();  // so that they are passed on in one loop
    stream->write("a", cb("a"));
    stream->flush(cb("flushed"));
    stream->sync(cb("synced"));
    stream->uncork();
    after_ticks();
    const auto silent = make_silent(traits, {.auto_destroy = false});
    silent->on<Error>([](const Error&) {});
    silent->write("a");
    silent->flush(cb("flushed"));
    silent->sync(cb("synced"));
    const std::string callbacks = after_ticks();
    EXPECT_NE(callbacks.find("flushed(ENOSPC) synced(ENOSPC)"), std::string::npos) << callbacks;
    EXPECT_EQ(callbacks.find("_sync"), std::string::npos) << callbacks;
    silent->destroy();
    after_ticks();
  }
}

TEST_F(FlushAndSyncTest, TheEndWaitsForThem) {
  for (const SinkTraits traits : {kEach, kBatches, kTick}) {
    const auto stream = make(traits);
    stream->write("a");
    stream->sync(cb("synced"));
    stream->flush(cb("flushed"));
    stream->end(cb("end"));
    after_ticks();
    sink.complete();
    EXPECT_EQ(after_ticks(), "_sync");
    sink.complete();
    EXPECT_EQ(after_ticks(), "synced flushed prefinish end finish close");
  }
}

TEST_F(FlushAndSyncTest, AfterTheEndTheyAreRefusedWithoutHarm) {
  const auto stream = make(kEach);
  stream->end("a");
  stream->flush(cb("flushed"));
  stream->sync(cb("synced"));
  EXPECT_EQ(after_ticks(),
            "_write(a) flushed(ERR_STREAM_WRITE_AFTER_END) synced(ERR_STREAM_WRITE_AFTER_END)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "prefinish finish close");
}

TEST_F(FlushAndSyncTest, DestroyFailsThem) {
  for (const SinkTraits traits : {kEach, kBatches, kTick}) {
    const auto stream = make(traits);
    stream->sync(cb("called"));
    after_ticks();
    stream->sync(cb("queued"));
    stream->flush(cb("flushed"));
    stream->destroy();
    stream->sync(cb("late"));
    EXPECT_EQ(after_ticks(), "close late(ERR_STREAM_DESTROYED)");
    sink.complete("sync");
    EXPECT_EQ(after_ticks(), "called queued(ERR_STREAM_DESTROYED) flushed(ERR_STREAM_DESTROYED)");
  }
}

TEST_F(FlushAndSyncTest, ASinkWithoutSyncRefusesItAndTheStreamContinues) {
  const auto stream = make({.write = true});
  stream->sync(cb("synced"));
  EXPECT_EQ(after_ticks(), "synced(ERR_METHOD_NOT_IMPLEMENTED)");
  EXPECT_TRUE(stream->write("a"));
  EXPECT_EQ(after_ticks(), "_write(a)");
}

TEST_F(FlushAndSyncTest, CorkedTheyWaitForTheUncork) {
  const auto stream = make(kBatches);
  stream->cork();
  stream->write("a");
  stream->sync(cb("synced"));
  EXPECT_EQ(after_ticks(), "");
  stream->uncork();
  EXPECT_EQ(now(), "_write(a)");
  sink.complete();
  sink.complete("sync");
  EXPECT_EQ(after_ticks(), "_sync synced");
}

TEST_F(FlushAndSyncTest, BeforeTheConstructionTheyWait) {
  const auto stream = make({.construct = true, .write = true, .sync = true});
  stream->sync(cb("synced"));
  stream->write("a");
  EXPECT_EQ(after_ticks(), "_construct");
  sink.complete("construct");
  EXPECT_EQ(after_ticks(), "_sync");
  sink.complete("sync");
  EXPECT_EQ(after_ticks(), "_write(a) synced");
}

TEST_F(FlushAndSyncTest, AnExceptionOfSyncFailsTheStream) {
  const auto stream =
      Writable::make(ticks, {.write = [](Chunk, Done done) { done(); },
                             .sync = [](Done) { throw std::runtime_error("no disk"); }});
  log.listen(*stream);
  stream->write("a");
  stream->sync(cb("synced"));
  EXPECT_EQ(after_ticks(), "synced(no disk) error(no disk) close");
}

TEST_F(FlushAndSyncTest, ADuplexAndValuesHaveThem) {
  int syncs = 0;
  const auto duplex = Duplex::make(ticks, {.write = [](Chunk, Done done) { done(); },
                                           .sync = [&](Done done) { ++syncs, done(); }});
  duplex->write("a");
  duplex->sync(cb("duplex"));
  const auto values = ObjectWritable<int>::make(
      ticks,
      {.write = [](int, Done done) { done(); }, .sync = [&](Done done) { ++syncs, done(); }});
  values->write(1);
  values->sync(cb("values"));
  EXPECT_EQ(after_ticks(), "duplex values");
  EXPECT_EQ(syncs, 2);
  duplex->destroy();
  values->destroy();
  after_ticks();
}

TEST_F(FlushAndSyncTest, ASmallWriteAfterOneMayJoinTheChunkBeforeIt) {
  const auto stream = make(kTick);
  stream->write("a");
  stream->flush(cb("flushed"));
  stream->write("b");
  EXPECT_EQ(after_ticks(), "_writev(ab)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "flushed");
}

}  // namespace
}  // namespace weir
