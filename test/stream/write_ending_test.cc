#include "support/stream_test.h"
#include <weir/stream/writable.h>

#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

class EndingTest : public test::StreamTest {
 protected:
  static constexpr SinkTraits kFinal{.write = true, .final = true};
};

TEST_F(EndingTest, AnEmptyStreamFinishesOnTheNextTickAndClosesOnTheOneAfter) {
  const auto stream = make();
  stream->end();
  EXPECT_TRUE(stream->writable_ended());
  EXPECT_FALSE(stream->writable());
  EXPECT_EQ(now(), "prefinish");
  EXPECT_EQ(after_ticks(), "finish close");
  EXPECT_TRUE(stream->writable_finished());
  EXPECT_TRUE(stream->closed());
  EXPECT_FALSE(stream->writable_aborted());
}

TEST_F(EndingTest, WritesAreFinishedFirst) {
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->end("b", cb("endcb"));
  EXPECT_EQ(now(), "_write(a)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(b) cbA");
  sink.complete();
  EXPECT_EQ(now(), "prefinish");
  EXPECT_EQ(after_ticks(), "endcb finish close");
}

TEST_F(EndingTest, WithASinkThatIsDoneAtOnceThePrefinishIsInsideEnd) {
  sink.automatic = true;
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->end("b", cb("endcb"));
  EXPECT_EQ(now(), "_write(a) _write(b) prefinish");
  EXPECT_EQ(after_ticks(), "cbA endcb finish close");
}

TEST_F(EndingTest, TakesALastChunkInEveryForm) {
  sink.automatic = true;
  const auto ended_with = [&](auto... arguments) {
    const auto stream = make();
    stream->end(std::move(arguments)...);
    return after_ticks();
  };
  EXPECT_EQ(ended_with(), "prefinish finish close");
  EXPECT_EQ(ended_with(cb("cb")), "prefinish cb finish close");
  EXPECT_EQ(ended_with("a"), "_write(a) prefinish finish close");
  EXPECT_EQ(ended_with("a", cb("cb")), "_write(a) prefinish cb finish close");
  EXPECT_EQ(ended_with("61", "hex"), "_write(a) prefinish finish close");
  EXPECT_EQ(ended_with("61", Encoding::hex, cb("cb")), "_write(a) prefinish cb finish close");
  EXPECT_EQ(ended_with(Buffer::copy("a"), cb("cb")), "_write(a) prefinish cb finish close");
  EXPECT_EQ(ended_with(""), "_write prefinish finish close");
}

TEST_F(EndingTest, EndsInsideAWriteCallback) {
  sink.automatic = true;
  const auto stream = make();
  stream->write("a", [&] {
    log.add("cb");
    stream->end(cb("endcb"));
  });
  EXPECT_EQ(after_ticks(), "_write(a) cb prefinish endcb finish close");
}

// --- final ---

TEST_F(EndingTest, FinalComesAfterTheLastWriteAndBeforeFinish) {
  sink.destroys = true;
  const auto stream = make(kFinal);
  stream->end("a", cb("endcb"));
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(a) _final");
  sink.complete();
  EXPECT_EQ(now(), "prefinish");
  EXPECT_EQ(after_ticks(), "endcb finish _destroy");
  sink.complete();
  EXPECT_EQ(after_ticks(), "close");
}

TEST_F(EndingTest, FinalIsCalledInsideEndWhereNothingIsUnderWay) {
  sink.automatic = true;
  const auto stream = make(kFinal);
  stream->write("a", cb("cb"));
  stream->end(cb("endcb"));
  EXPECT_EQ(now(), "_write(a) _final prefinish");
  EXPECT_EQ(after_ticks(), "cb endcb finish close");
}

TEST_F(EndingTest, FinalIsLeftOutOnceTheStreamFailedOrIsDestroyed) {
  const auto failed = make(kFinal);
  failed->end("a");
  sink.complete_with(Error("failed"));
  EXPECT_EQ(after_ticks(), "_write(a) error(failed) close");
  const auto destroyed = make(kFinal);
  destroyed->write("a");
  destroyed->destroy();
  destroyed->end();
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(a) close");
}

TEST_F(EndingTest, AWriteInsideFinalIsAWriteAfterEnd) {
  const auto stream = make(kFinal);
  sink.inside = [&] { stream->write("x", cb("cb")); };
  stream->end();
  sink.complete();
  EXPECT_EQ(after_ticks(),
            "_final cb(ERR_STREAM_WRITE_AFTER_END) error(ERR_STREAM_WRITE_AFTER_END) close");
}

// --- Twice, and too late ---

TEST_F(EndingTest, BothCallbacksOfADoubleEndComeAtFinish) {
  const auto stream = make();
  stream->end(cb("first"));
  stream->end(cb("second"));
  EXPECT_EQ(after_ticks(), "prefinish first second finish close");
}

TEST_F(EndingTest, ASecondEndWithAChunkIsAWriteAfterEnd) {
  const auto stream = make();
  stream->end("a", cb("first"));
  sink.complete();
  stream->end("b", cb("second"));
  EXPECT_EQ(now(), "_write(a) prefinish");
  EXPECT_EQ(after_ticks(),
            "first(ERR_STREAM_WRITE_AFTER_END) error(ERR_STREAM_WRITE_AFTER_END) close "
            "second(ERR_STREAM_WRITE_AFTER_END)");
}

TEST_F(EndingTest, AnEndAfterFinishIsCalledBackWithAnErrorAndNoEvent) {
  for (const bool auto_destroy : {true, false}) {
    const auto stream = make({.write = true}, {.auto_destroy = auto_destroy});
    stream->end();
    after_ticks();
    stream->end(cb("late"));
    stream->end();
    EXPECT_EQ(after_ticks(), "late(ERR_STREAM_ALREADY_FINISHED)") << auto_destroy;
  }
}

TEST_F(EndingTest, AnEndInsideItsOwnCallbackIsTooLate) {
  const auto stream = make();
  stream->end([&](const Error& error) {
    log.add("endcb", error);
    stream->end(cb("again"));
  });
  EXPECT_EQ(after_ticks(), "prefinish endcb finish again(ERR_STREAM_ALREADY_FINISHED) close");
}

TEST_F(EndingTest, AnEndAfterDestroyIsCalledBackWithAnError) {
  const auto failed = make();
  failed->destroy(Error("boom"));
  failed->end(cb("endcb"));
  EXPECT_EQ(after_ticks(), "error(boom) close endcb(ERR_STREAM_DESTROYED)");
  const auto with_chunk = make();
  with_chunk->destroy();
  with_chunk->end("a", cb("endcb"));
  EXPECT_EQ(after_ticks(), "close endcb(ERR_STREAM_DESTROYED)");
}

TEST_F(EndingTest, TheFirstEndAfterAPlainDestroyIsNeverCalledBackAsInNode) {
  const auto stream = make();
  stream->destroy();
  stream->end(cb("never"));
  stream->end(cb("second"));
  EXPECT_EQ(after_ticks(), "close second(ERR_STREAM_DESTROYED)");
}

// --- Options ---

TEST_F(EndingTest, WithoutAutoDestroyItFinishesAndStaysOpen) {
  const auto stream = make({.write = true}, {.auto_destroy = false});
  stream->end(cb("endcb"));
  EXPECT_EQ(after_ticks(), "prefinish endcb finish");
  EXPECT_FALSE(stream->destroyed());
  stream->destroy();
  EXPECT_EQ(after_ticks(), "close");
  EXPECT_FALSE(stream->writable_aborted());
}

TEST_F(EndingTest, WithoutEmitCloseItClosesSilently) {
  const auto stream = make({.write = true}, {.emit_close = false});
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish");
  EXPECT_TRUE(stream->closed());
}

TEST_F(EndingTest, WithoutEndThereIsNoFinish) {
  const auto stream = make();
  stream->write("a", cb("cb"));
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(a) cb");
  EXPECT_TRUE(stream->writable());
}

}  // namespace
}  // namespace weir
