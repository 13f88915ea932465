#include "support/stream_test.h"
#include <weir/stream/writable.h>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir {
namespace {

class DestroyTest : public test::StreamTest {};

TEST_F(DestroyTest, IsTrueAtOnceAndClosesOnATick) {
  const auto stream = make();
  stream->destroy();
  EXPECT_TRUE(stream->destroyed());
  EXPECT_TRUE(stream->closed());
  EXPECT_TRUE(stream->writable_aborted());
  EXPECT_FALSE(stream->writable());
  EXPECT_FALSE(stream->errored());
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "close");
}

TEST_F(DestroyTest, WithAnErrorEmitsThatBeforeClose) {
  const auto stream = make();
  stream->write("a");
  stream->destroy(Error("boom"));
  EXPECT_EQ(stream->errored().message(), "boom");
  EXPECT_EQ(stream->writable_length(), 1u);
  EXPECT_EQ(after_ticks(), "_write(a) error(boom) close");
}

TEST_F(DestroyTest, CallsBackOnceTheResourceIsReleased) {
  sink.destroys = true;
  const auto stream = make();
  stream->destroy({}, cb("destroyed"));
  EXPECT_EQ(after_ticks(), "_destroy");
  EXPECT_TRUE(stream->destroyed());
  EXPECT_FALSE(stream->closed());
  sink.complete();
  EXPECT_TRUE(stream->closed());
  EXPECT_EQ(now(), "destroyed");
  EXPECT_EQ(after_ticks(), "close");
}

TEST_F(DestroyTest, ASecondOneOnlyCallsBack) {
  sink.destroys = true;
  const auto stream = make();
  stream->destroy(Error("first"));
  stream->destroy(Error("second"), cb("again"));
  EXPECT_EQ(now(), "_destroy(first) again");
  sink.complete_with(Error("first"));
  EXPECT_EQ(after_ticks(), "error(first) close");
}

TEST_F(DestroyTest, FinishesTheWriteThatIsUnderWayAndFailsTheRest) {
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  stream->destroy();
  EXPECT_EQ(after_ticks(), "_write(a) close");
  sink.complete();
  EXPECT_EQ(now(), "cbA cbB(ERR_STREAM_DESTROYED)");
  EXPECT_EQ(stream->writable_length(), 0u);
}

TEST_F(DestroyTest, FailsTheRestWithTheErrorItWasGiven) {
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  stream->end(cb("endcb"));
  stream->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "_write(a) error(boom) close");
  sink.complete();
  EXPECT_EQ(now(), "cbA cbB(boom) endcb(boom)");
}

TEST_F(DestroyTest, AWriteThatWasDoneAtOnceCountsAsWritten) {
  sink.automatic = true;
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->destroy();
  EXPECT_EQ(after_ticks(), "_write(a) cbA close");
}

TEST_F(DestroyTest, AfterEndTakesFinishAway) {
  const auto plain = make();
  plain->end(cb("endcb"));
  plain->destroy();
  EXPECT_EQ(after_ticks(), "prefinish endcb(ERR_STREAM_DESTROYED) close");
  const auto failed = make();
  failed->end(cb("endcb"));
  failed->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "prefinish endcb(boom) error(boom) close");
}

TEST_F(DestroyTest, DuringFinalIgnoresTheResultOfFinal) {
  sink.destroys = true;
  const auto stream = make({.write = true, .final = true});
  stream->end(cb("endcb"));
  stream->destroy();
  EXPECT_EQ(now(), "_final _destroy");
  sink.complete("destroy");
  EXPECT_EQ(after_ticks(), "endcb(ERR_STREAM_DESTROYED) close");
  sink.complete("final");
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(DestroyTest, InsideFinishStillClosesOnce) {
  const auto plain = make();
  plain->once<Finish>([&] { plain->destroy(); });
  plain->end(cb("endcb"));
  EXPECT_EQ(after_ticks(), "prefinish endcb finish close");
  EXPECT_FALSE(plain->writable_aborted());
  const auto failed = make();
  failed->once<Finish>([&] { failed->destroy(Error("boom")); });
  failed->end(cb("endcb"));
  EXPECT_EQ(after_ticks(), "prefinish endcb finish error(boom) close");
}

TEST_F(DestroyTest, InsideAWriteCallbackFindsTheNextWriteUnderWay) {
  const auto stream = make();
  stream->write("a", [&] {
    log.add("cbA");
    stream->destroy();
  });
  stream->write("b", cb("cbB"));
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(a) _write(b) cbA close");
  sink.complete();
  EXPECT_EQ(now(), "cbB");
}

TEST_F(DestroyTest, InsideTheSinksWriteLetsThatWriteSucceed) {
  const auto stream = make();
  sink.inside = [&] { stream->destroy(); };
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  EXPECT_EQ(after_ticks(), "_write(a) close cbB(ERR_STREAM_DESTROYED)");
  sink.complete();
  EXPECT_EQ(now(), "cbA");
}

// --- The sink's destroy decides the events ---

TEST_F(DestroyTest, TheErrorThatTheSinksDestroyPassesOnIsEmitted) {
  const struct {
    Error given, passed_on;
    std::string_view emitted;
  } cases[] = {
      {{}, {}, "close"},
      {{}, Error("own"), "error(own) close"},
      {Error("boom"), {}, "close"},  // swallowed, though errored stays
      {Error("boom"), Error("own"), "error(own) close"},
  };
  for (const auto& [given, passed_on, emitted] : cases) {
    sink.destroys = true;
    const auto stream = make();
    stream->destroy(given);
    now();
    sink.complete_with(passed_on);
    EXPECT_EQ(after_ticks(), emitted);
    EXPECT_EQ(stream->errored(), given ? given : passed_on);
  }
}

TEST_F(DestroyTest, AnExceptionOfTheSinksDestroyIsEmitted) {
  sink.destroys = true;
  sink.inside = [] { throw Error("thrown"); };
  const auto stream = make();
  stream->destroy();
  EXPECT_EQ(after_ticks(), "_destroy error(thrown) close");
}

TEST_F(DestroyTest, TheSinksDestroyIsCalledOnce) {
  sink.destroys = true;
  const auto stream = make();
  sink.inside = [&] { stream->destroy(Error("nested")); };
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish _destroy");
  Done done = sink.take();
  done();
  done(Error("late"));
  EXPECT_EQ(after_ticks(), "close");
}

TEST_F(DestroyTest, WithoutEmitCloseOnlyTheErrorIsEmitted) {
  const auto stream = make({.write = true}, {.emit_close = false});
  stream->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "error(boom)");
  EXPECT_TRUE(stream->closed());
}

}  // namespace
}  // namespace weir
