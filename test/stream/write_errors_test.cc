#include "support/stream_test.h"
#include <weir/stream/writable.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir {
namespace {

using test::thrown_by;

class WriteErrorsTest : public test::StreamTest {};

// --- A write fails ---

TEST_F(WriteErrorsTest, CallbackComesBeforeErrorAndThatBeforeClose) {
  const auto stream = make();
  stream->write("a", cb("cbA"));
  sink.complete_with(Error("failed"));
  EXPECT_EQ(now(), "_write(a) cbA(failed)");
  EXPECT_EQ(after_ticks(), "error(failed) close");
}

TEST_F(WriteErrorsTest, FailedAtOnceItIsReportedOnTicks) {
  sink.automatic = true;
  sink.fails = Error("failed");
  const auto stream = make();
  EXPECT_FALSE(stream->write("a", cb("cbA")));
  EXPECT_FALSE(stream->writable());
  EXPECT_EQ(stream->errored().message(), "failed");
  EXPECT_TRUE(stream->writable_aborted());
  EXPECT_FALSE(stream->destroyed());  // not before the tick
  EXPECT_FALSE(stream->write("b", cb("cbB")));
  EXPECT_EQ(now(), "_write(a)");
  EXPECT_EQ(after_ticks(), "cbA(failed) cbB(failed) error(failed) close");
}

TEST_F(WriteErrorsTest, FailsTheQueueAndTheEndWithIt) {
  const auto stream = make({.write = true, .final = true});
  for (const char* name : {"a", "b", "c"}) stream->write(name, cb(name));
  stream->end(cb("endcb"));
  sink.complete_with(Error("failed"));
  EXPECT_EQ(after_ticks(),
            "_write(a) a(failed) b(failed) c(failed) endcb(failed) error(failed) close");
}

TEST_F(WriteErrorsTest, FailsTheEndThatCameWithTheChunk) {
  const auto stream = make();
  stream->end("a", cb("endcb"));
  sink.complete_with(Error("failed"));
  EXPECT_EQ(after_ticks(), "_write(a) endcb(failed) error(failed) close");
}

TEST_F(WriteErrorsTest, FailsAnEndThatComesLater) {
  sink.automatic = true;
  sink.fails = Error("failed");
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->end(cb("endcb"));
  EXPECT_EQ(after_ticks(), "_write(a) cbA(failed) endcb(failed) error(failed) close");
}

TEST_F(WriteErrorsTest, NoWriteReachesTheSinkAfterwards) {
  const auto stream = make();
  stream->write("a");
  stream->write("b");
  sink.complete_with(Error("failed"));
  EXPECT_FALSE(stream->write("c", cb("cbC")));
  EXPECT_EQ(after_ticks(), "_write(a) error(failed) close cbC(ERR_STREAM_DESTROYED)");
}

TEST_F(WriteErrorsTest, KeepsTheDetailsOfASystemError) {
  const auto stream = make_silent();
  Error seen;
  stream->on<Error>([&](const Error& error) { seen = error; });
  stream->write("a");
  sink.complete_with(Error::system(ENOSPC, "write", "/full"));
  ticks.drain();
  EXPECT_EQ(seen.code(), std::errc::no_space_on_device);
  EXPECT_EQ(seen.name(), "ENOSPC");
  EXPECT_EQ(seen.syscall(), "write");
  EXPECT_EQ(seen.subject(), "/full");
  EXPECT_EQ(stream->errored(), seen);
}

// --- Done twice ---

TEST_F(WriteErrorsTest, AWriteDoneTwiceKeepsTheFirstAndFailsTheStream) {
  const auto stream = make();
  stream->write("a", cb("cbA"));
  Done done = sink.take();
  done();
  done();
  EXPECT_EQ(after_ticks(), "_write(a) cbA error(ERR_MULTIPLE_CALLBACK) close");
}

TEST_F(WriteErrorsTest, AFinalDoneTwiceFailsTheStreamThoughItFinishes) {
  const auto stream = make({.write = true, .final = true});
  stream->end(cb("endcb"));
  Done done = sink.take();
  done();
  done();
  EXPECT_EQ(after_ticks(), "_final prefinish endcb finish error(ERR_MULTIPLE_CALLBACK) close");
}

// --- final fails ---

TEST_F(WriteErrorsTest, AFinalThatFailsAtOnceCallsTheEndBackLast) {
  for (const bool throws : {false, true}) {
    sink.automatic = true;
    sink.fails = throws ? Error() : Error("failed");
    if (throws) sink.inside = [] { throw std::runtime_error("failed"); };
    const auto stream = make({.write = true, .final = true});
    stream->end(cb("endcb"));
    EXPECT_EQ(after_ticks(), "_final error(failed) close endcb(failed)") << throws;
  }
}

TEST_F(WriteErrorsTest, AFinalThatFailsLaterCallsTheEndBackFirst) {
  const auto stream = make({.write = true, .final = true});
  stream->end(cb("endcb"));
  sink.complete_with(Error("failed"));
  EXPECT_EQ(after_ticks(), "_final endcb(failed) error(failed) close");
}

// --- Misuse by the writer ---

TEST_F(WriteErrorsTest, AWriteAfterEndFailsTheStreamInsteadOfFinishingIt) {
  sink.automatic = true;
  const auto stream = make();
  stream->end("a");
  EXPECT_FALSE(stream->write("b", cb("cb")));
  EXPECT_EQ(now(), "_write(a) prefinish");
  EXPECT_EQ(after_ticks(),
            "cb(ERR_STREAM_WRITE_AFTER_END) error(ERR_STREAM_WRITE_AFTER_END) close");
  EXPECT_EQ(stream->errored().message(), "write after end");
  EXPECT_FALSE(stream->writable_finished());
}

TEST_F(WriteErrorsTest, AWriteAfterFinishWithoutAutoDestroyIsAnErrorWithoutClose) {
  const auto stream = make({.write = true}, {.auto_destroy = false});
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish");
  EXPECT_FALSE(stream->write("a", cb("cb")));
  EXPECT_EQ(after_ticks(), "cb(ERR_STREAM_WRITE_AFTER_END) error(ERR_STREAM_WRITE_AFTER_END)");
}

TEST_F(WriteErrorsTest, AWriteAfterCloseOnlyCallsBack) {
  const auto stream = make();
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish close");
  EXPECT_FALSE(stream->write("a", cb("cb")));
  EXPECT_EQ(after_ticks(), "cb(ERR_STREAM_WRITE_AFTER_END)");
}

TEST_F(WriteErrorsTest, AWriteAfterDestroyOnlyCallsBack) {
  const auto stream = make_silent();
  Error seen;
  stream->destroy();
  EXPECT_FALSE(stream->write("a", [&](const Error& error) { seen = error; }));
  ticks.drain();
  EXPECT_EQ(seen.code(), Errc::stream_destroyed);
  EXPECT_EQ(seen.message(), "Cannot call write after a stream was destroyed");
  EXPECT_FALSE(stream->errored());
}

TEST_F(WriteErrorsTest, AStreamThatIsEndedAndDestroyedReportsAWriteAfterEnd) {
  const auto stream = make();
  stream->end();
  stream->destroy();
  stream->write("a", cb("cb"));
  EXPECT_EQ(after_ticks(), "prefinish close cb(ERR_STREAM_WRITE_AFTER_END)");
}

TEST_F(WriteErrorsTest, AWriteInsideAPrefinishOrFinishListenerIsAWriteAfterEnd) {
  const auto early = make();
  early->once<Prefinish>([&] { early->write("x", cb("cb")); });
  early->end();
  EXPECT_EQ(after_ticks(),
            "prefinish cb(ERR_STREAM_WRITE_AFTER_END) error(ERR_STREAM_WRITE_AFTER_END) close");
  const auto late = make();
  late->once<Finish>([&] { late->write("x", cb("cb")); });
  late->end();
  EXPECT_EQ(after_ticks(),
            "prefinish finish cb(ERR_STREAM_WRITE_AFTER_END) error(ERR_STREAM_WRITE_AFTER_END) "
            "close");
}

// --- Without auto_destroy ---

TEST_F(WriteErrorsTest, WithoutAutoDestroyAFailedWriteOnlyEmitsTheError) {
  const auto stream = make({.write = true}, {.auto_destroy = false});
  stream->write("a", cb("cbA"));
  sink.complete_with(Error("failed"));
  EXPECT_EQ(after_ticks(), "_write(a) cbA(failed) error(failed)");
  EXPECT_FALSE(stream->destroyed());
  EXPECT_FALSE(stream->write("b", cb("never")));
  stream->end(cb("endcb"));
  EXPECT_EQ(after_ticks(), "endcb(failed)");
}

// --- One error, once ---

TEST_F(WriteErrorsTest, OnlyTheFirstErrorIsEmitted) {
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->destroy(Error("first"));
  sink.complete_with(Error("second"));
  EXPECT_EQ(after_ticks(), "_write(a) cbA(second) error(first) close");
  EXPECT_EQ(stream->errored().message(), "first");
}

TEST_F(WriteErrorsTest, DestroyRightAfterAFailedWriteSwallowsTheErrorAsInNode) {
  sink.automatic = true;
  sink.fails = Error("failed");
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->destroy();
  EXPECT_EQ(after_ticks(), "_write(a) cbA(failed) close");
}

TEST_F(WriteErrorsTest, DestroyWithAnErrorRightAfterAFailedWriteEmitsThatError) {
  sink.automatic = true;
  sink.fails = Error("failed");
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "_write(a) cbA(failed) error(boom) close");
  EXPECT_EQ(stream->errored().message(), "failed");
}

TEST_F(WriteErrorsTest, AnErrorListenerMayDestroyAndEndAgain) {
  const auto stream = make();
  stream->once<Error>([&] {
    stream->destroy(Error("again"));
    stream->end(cb("endcb"));
  });
  stream->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "error(boom) close endcb(ERR_STREAM_DESTROYED)");
}

// --- Missing and throwing listeners ---

TEST_F(WriteErrorsTest, AnErrorWithoutAListenerIsThrownOutOfItsTickAndLosesClose) {
  const auto stream = make_silent();
  log.listen_except_error(*stream);
  stream->destroy(Error("boom"));
  ticks.next_tick([&] { log.add("tick"); });
  EXPECT_EQ(thrown_by([&] { ticks.drain(); }).message(), "boom");
  EXPECT_EQ(after_ticks(), "tick");  // later ticks are still queued
  EXPECT_TRUE(stream->closed());
}

TEST_F(WriteErrorsTest, AnErrorListenerThatThrowsDoesNotCostClose) {
  const auto stream = make();
  stream->on<Error>([] { throw Error("thrown"); });
  stream->destroy(Error("boom"));
  EXPECT_EQ(thrown_by([&] { ticks.drain(); }).message(), "thrown");
  EXPECT_EQ(after_ticks(), "error(boom) close");
}

TEST_F(WriteErrorsTest, AFinishListenerThatThrowsLeavesNoStreamOpen) {
  const auto stream = make();
  stream->on<Finish>([] { throw Error("thrown"); });
  stream->end();
  EXPECT_EQ(thrown_by([&] { ticks.drain(); }).message(), "thrown");
  EXPECT_EQ(after_ticks(), "prefinish finish close");
  EXPECT_TRUE(stream->writable_finished());
}

TEST_F(WriteErrorsTest, ACallbackThatThrowsLeavesTheTickAndTheStreamContinues) {
  sink.automatic = true;
  const auto stream = make();
  stream->write("a", [] { throw Error("thrown"); });
  stream->write("b", cb("cbB"));
  EXPECT_EQ(thrown_by([&] { ticks.drain(); }).message(), "thrown");
  EXPECT_EQ(after_ticks(), "_write(a) _write(b) cbB");
}

// --- Error codes ---

TEST_F(WriteErrorsTest, EachMisuseHasItsCodeAndNodesWords) {
  const struct {
    Error error;
    std::string_view name, message;
  } cases[] = {
      {Errc::stream_write_after_end, "ERR_STREAM_WRITE_AFTER_END", "write after end"},
      {stream_destroyed("write"), "ERR_STREAM_DESTROYED",
       "Cannot call write after a stream was destroyed"},
      {stream_destroyed("end"), "ERR_STREAM_DESTROYED",
       "Cannot call end after a stream was destroyed"},
      {stream_already_finished("end"), "ERR_STREAM_ALREADY_FINISHED",
       "Cannot call end after a stream was finished"},
      {Errc::stream_null_values, "ERR_STREAM_NULL_VALUES", "May not write null values to stream"},
      {Errc::multiple_callback, "ERR_MULTIPLE_CALLBACK", "Callback called multiple times"},
      {method_not_implemented("write()"), "ERR_METHOD_NOT_IMPLEMENTED",
       "The write() method is not implemented"},
      {Errc::stream_premature_close, "ERR_STREAM_PREMATURE_CLOSE", "Premature close"},
      {Errc::stream_cannot_pipe, "ERR_STREAM_CANNOT_PIPE", "Cannot pipe, not readable"},
      {Errc::aborted, "ABORT_ERR", "The operation was aborted"},
      {unknown_encoding("x"), "ERR_UNKNOWN_ENCODING", "Unknown encoding: x"},
  };
  for (const auto& [error, name, message] : cases) {
    EXPECT_EQ(error.name(), name);
    EXPECT_EQ(error.message(), message);
  }
}

}  // namespace
}  // namespace weir
