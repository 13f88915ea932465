#include "support/stream_test.h"
#include <weir/stream/writable.h>

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

class CorkTest : public test::StreamTest {
 protected:
  static constexpr SinkTraits kBoth{.write = true, .writev = true};
};

TEST_F(CorkTest, HoldsWritesBackUntilUncork) {
  sink.automatic = true;
  const auto stream = make(kBoth);
  stream->cork();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  EXPECT_EQ(after_ticks(), "");
  EXPECT_EQ(stream->writable_length(), 2u);
  stream->uncork();
  EXPECT_EQ(now(), "_writev(a,b)");
  EXPECT_EQ(after_ticks(), "cbA cbB");
}

TEST_F(CorkTest, NestsAndIgnoresOneUncorkTooMany) {
  sink.automatic = true;
  const auto stream = make(kBoth);
  stream->uncork();
  EXPECT_EQ(stream->writable_corked(), 0u);
  stream->cork();
  stream->cork();
  EXPECT_EQ(stream->writable_corked(), 2u);
  stream->write("a");
  stream->uncork();
  EXPECT_EQ(stream->writable_corked(), 1u);
  EXPECT_EQ(now(), "");
  stream->uncork();
  stream->uncork();
  EXPECT_EQ(stream->writable_corked(), 0u);
  EXPECT_EQ(now(), "_write(a)");
}

TEST_F(CorkTest, OneWriteIsNoBatch) {
  const auto stream = make(kBoth);
  stream->cork();
  stream->write("a");
  stream->uncork();
  EXPECT_EQ(now(), "_write(a)");
}

TEST_F(CorkTest, WithoutWritevHandsTheWritesOnOneByOne) {
  sink.automatic = true;
  const auto stream = make();
  stream->cork();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  stream->uncork();
  EXPECT_EQ(now(), "_write(a) _write(b)");
  EXPECT_EQ(after_ticks(), "cbA cbB");
}

TEST_F(CorkTest, TheFirstWriteOfAnIdleStreamStartsAndTheRestFollowInOneBatch) {
  const auto stream = make(kBoth);
  for (const char* name : {"a", "b", "c", "d"}) stream->write(name, cb(name));
  stream->end();
  EXPECT_EQ(now(), "_write(a)");
  sink.complete();
  EXPECT_EQ(now(), "_writev(b,c,d) a");
  sink.complete();
  EXPECT_EQ(now(), "b c d prefinish");
  EXPECT_EQ(after_ticks(), "finish close");
}

TEST_F(CorkTest, LeavesAWriteThatIsUnderWayAlone) {
  const auto stream = make(kBoth);
  stream->write("a", cb("cbA"));
  stream->cork();
  stream->write("b");
  stream->write("c");
  sink.complete();
  EXPECT_EQ(now(), "_write(a) cbA");
  stream->uncork();
  EXPECT_EQ(now(), "_writev(b,c)");
}

TEST_F(CorkTest, UncorkDuringAWriteFlushesWhenThatIsDone) {
  const auto stream = make(kBoth);
  stream->write("a");
  stream->cork();
  stream->write("b");
  stream->write("c");
  stream->uncork();
  EXPECT_EQ(now(), "_write(a)");
  sink.complete();
  EXPECT_EQ(now(), "_writev(b,c)");
}

TEST_F(CorkTest, UncorkOnTheNextTickGathersTheWritesOfThisOne) {
  const auto stream = make(kBoth);
  stream->cork();
  ticks.next_tick([&] { stream->uncork(); });
  for (int i = 0; i < 10; ++i) stream->print("{}", i);
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "_writev(0,1,2,3,4,5,6,7,8,9)");
}

TEST_F(CorkTest, CorkedWritesObeyTheMark) {
  const auto stream = make(kBoth, {.high_water_mark = 2});
  stream->cork();
  EXPECT_TRUE(stream->write("a"));
  EXPECT_FALSE(stream->write("b"));
  stream->uncork();
  sink.complete();
  EXPECT_EQ(now(), "_writev(a,b) drain");
}

TEST_F(CorkTest, EndEndsEveryCork) {
  sink.automatic = true;
  const auto stream = make(kBoth);
  stream->cork();
  stream->cork();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  stream->end(cb("endcb"));
  EXPECT_EQ(stream->writable_corked(), 0u);
  EXPECT_EQ(now(), "_writev(a,b) prefinish");
  EXPECT_EQ(after_ticks(), "cbA cbB endcb finish close");
}

TEST_F(CorkTest, EndsWithAChunkInTheSameBatch) {
  sink.automatic = true;
  const auto stream = make(kBoth);
  stream->cork();
  stream->write("a");
  stream->end("b");
  EXPECT_EQ(now(), "_writev(a,b) prefinish");
}

TEST_F(CorkTest, AFailedBatchFailsEveryWriteOfIt) {
  sink.automatic = true;
  sink.fails = Error("failed");
  const auto stream = make(kBoth);
  stream->cork();
  stream->write("a", cb("cbA"));
  stream->write("b");
  stream->write("c", cb("cbC"));
  stream->uncork();
  EXPECT_EQ(after_ticks(), "_writev(a,b,c) cbA(failed) cbC(failed) error(failed) close");
}

TEST_F(CorkTest, DestroyFailsCorkedWrites) {
  const auto stream = make(kBoth);
  stream->cork();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  stream->destroy();
  EXPECT_EQ(after_ticks(), "cbA(ERR_STREAM_DESTROYED) cbB(ERR_STREAM_DESTROYED) close");
  stream->uncork();
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(CorkTest, BatchesTextAndBytesAsTheyWereWritten) {
  sink.automatic = true;
  const auto stream = make(kBoth, {.decode_strings = false});
  stream->cork();
  stream->write("6162", "hex");
  stream->write("c");
  stream->write(Buffer::copy("d"));
  stream->uncork();
  EXPECT_EQ(now(), "_writev(hex:6162,utf8:c,d)");
}

TEST_F(CorkTest, ABatchThatThrowsLeavesUncork) {
  const auto stream = make(kBoth);
  stream->cork();
  stream->write("a");
  stream->write("b");
  sink.inside = [] { throw Error("thrown"); };
  EXPECT_EQ(test::thrown_by([&] { stream->uncork(); }).message(), "thrown");
}

// Node never hands it on.
TEST_F(CorkTest, AWriteInsideABatchIsHandedOnAfterIt) {
  const auto stream = make(kBoth);
  stream->cork();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  sink.inside = [&] { stream->write("x", cb("cbX")); };
  stream->uncork();
  sink.complete();
  EXPECT_EQ(after_ticks(), "_writev(a,b) _write(x) cbA cbB");
  sink.complete();
  EXPECT_EQ(after_ticks(), "cbX");
  EXPECT_EQ(stream->writable_length(), 0u);
}

// In Node the callbacks of the chunks that failed come a second time, as the sink writes them.
TEST_F(CorkTest, AWriteThatFailedIsNotWrittenWhereItsCallbackUncorks) {
  const auto stream = make({.write = true}, {.auto_destroy = false});
  stream->write("a", cb("cbA"));
  stream->cork();
  stream->write("b", [&](const Error& error) {
    cb("cbB")(error);
    stream->uncork();
  });
  stream->write("c", cb("cbC"));
  sink.complete_with(Error("failed"));
  EXPECT_EQ(after_ticks(), "_write(a) cbA(failed) cbB(failed) _write(c) error(failed)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "cbC");
  EXPECT_EQ(stream->writable_length(), 0u);
}

// Even if the sink writes to its own stream meanwhile, as in Node.
TEST_F(CorkTest, EachQueuedWriteIsCalledBackThoughTheSinkWritesInBetween) {
  for (const bool has_callback : {false, true}) {
    for (const bool has_writev : {false, true}) {
      SCOPED_TRACE(std::string(has_callback ? "with" : "without") + " a callback of its own" +
                   (has_writev ? ", with writev" : ""));
      Writable* own = nullptr;
      const auto put = [&](Chunk chunk, Done done) {
        log.add("_write(" + std::string(chunk.text()) + ")");
        done();
        if (chunk.text() != "a") return;
        if (has_callback)
          own->write("n", cb("cbN"));
        else
          own->write("n");
      };
      SinkFunctions<Chunk> functions{.write = put};
      if (has_writev)
        functions.writev = [&](Batch batch, Done done) {
          for (const Chunk& chunk : batch.chunks)
            log.add("_writev(" + std::string(chunk.text()) + ")");
          done();
          own->write("n");
        };
      const auto stream = Writable::make(ticks, std::move(functions));
      own = stream.get();
      stream->cork();
      stream->write("a", cb("cbA"));
      stream->write("b", cb("cbB"));
      stream->uncork();
      stream->end(cb("end"));
      const std::string direct = has_callback ? "_write(a) _write(n) _write(b) cbA cbN cbB end"
                                              : "_write(a) _write(n) _write(b) cbA cbB end";
      EXPECT_EQ(after_ticks(), has_writev ? "_writev(a) _writev(b) _write(n) cbA cbB end" : direct);
    }
  }
}

}  // namespace
}  // namespace weir
