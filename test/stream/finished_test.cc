#include <weir/stream/finished.h>

#include "support/read_test.h"
#include <weir/stream/pass_through.h>
#include <weir/stream/writable.h>

#include <memory>
#include <stop_token>
#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

class FinishedTest : public test::StreamTest {};

TEST_F(FinishedTest, CallsBackWhenTheStreamClosesAfterItFinished) {
  const auto stream = make_silent();
  finished(*stream, cb("done"));
  log.listen(*stream);
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish done close");
}

TEST_F(FinishedTest, CallsBackWithTheErrorWhenThatIsEmitted) {
  const auto stream = make();
  finished(*stream, cb("done"));
  stream->write("a");
  sink.complete_with(Error("failed"));
  EXPECT_EQ(after_ticks(), "_write(a) error(failed) done(failed) close");
}

TEST_F(FinishedTest, CallsBackWithPrematureCloseWhereTheStreamNeverFinished) {
  const auto stream = make();
  finished(*stream, cb("done"));
  stream->destroy();
  EXPECT_EQ(after_ticks(), "close done(ERR_STREAM_PREMATURE_CLOSE)");
}

TEST_F(FinishedTest, CallsBackOnATickWhereTheStreamIsOverAlready) {
  const auto well = make_silent();
  const auto early = make_silent();
  const auto failed = make_silent();
  failed->on<Error>([] {});
  well->end();
  early->destroy();
  failed->destroy(Error("boom"));
  ticks.drain();
  finished(*well, cb("well"));
  finished(*early, cb("early"));
  finished(*failed, cb("failed"));
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "well early(ERR_STREAM_PREMATURE_CLOSE) failed(boom)");
}

TEST_F(FinishedTest, ListensToNoMoreThanErrorsWhereTheStreamIsOverAlready) {
  const auto stream = make_silent();
  stream->destroy();
  ticks.drain();
  finished(*stream, cb("CB"));
  EXPECT_EQ(stream->listener_count<Close>(), 0u);
  EXPECT_EQ(stream->listener_count<Error>(), 1u);
  EXPECT_EQ(after_ticks(), "CB(ERR_STREAM_PREMATURE_CLOSE)");
}

TEST_F(FinishedTest, CallsBackOnlyOnce) {
  const auto stream = make();
  finished(*stream, cb("done"));
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish close done");
  stream->write("late");
  stream->destroy(Error("late"));
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(FinishedTest, WithoutAutoDestroyCallsBackAtFinish) {
  const auto stream = make({.write = true}, {.auto_destroy = false});
  finished(*stream, cb("done"));
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish done");
}

TEST_F(FinishedTest, WithoutEmitCloseCallsBackAtFinish) {
  const auto stream = make({.write = true}, {.emit_close = false});
  finished(*stream, cb("done"));
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish done");
}

TEST_F(FinishedTest, WithoutErrorWaitsForClose) {
  const auto stream = make();
  finished(*stream, {.error = false}, cb("done"));
  stream->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "error(boom) close done(boom)");
}

TEST_F(FinishedTest, WithoutTheWritableSideDoesNotAskWhetherItFinished) {
  const auto stream = make();
  finished(*stream, {.writable = false}, cb("done"));
  stream->destroy();
  EXPECT_EQ(after_ticks(), "close done");
}

TEST_F(FinishedTest, ItsErrorListenerStaysAfterTheCallback) {
  const auto stream = make_silent({.write = true}, {.auto_destroy = false});
  finished(*stream, cb("done"));
  EXPECT_EQ(stream->listener_count<Error>(), 1u);
  stream->end();
  EXPECT_EQ(after_ticks(), "done");
  stream->write("late");  // without another listener, this is still handled
  EXPECT_EQ(after_ticks(), "");
  EXPECT_EQ(stream->listener_count<Error>(), 1u);
}

TEST_F(FinishedTest, CleanupRemovesTheListenersAndTheCallback) {
  const auto stream = make_silent();
  Function<void()> cleanup = finished(*stream, cb("never"));
  cleanup();
  EXPECT_EQ(stream->listener_count<Finish>(), 0u);
  EXPECT_EQ(stream->listener_count<Error>(), 0u);
  EXPECT_EQ(stream->listener_count<Close>(), 0u);
  stream->end();
  EXPECT_EQ(after_ticks(), "");
  cleanup();
}

TEST_F(FinishedTest, CleanupBeforeADueTickStillKeepsTheCallbackFromBeingCalled) {
  const auto stream = make_silent();
  stream->end();
  ticks.drain();
  finished(*stream, cb("never"))();
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(FinishedTest, ACleanupThatIsNotCalledChangesNothing) {
  const auto stream = make_silent();
  {
    const Function<void()> cleanup = finished(*stream, cb("done"));
  }
  stream->end();
  EXPECT_EQ(after_ticks(), "done");
}

TEST_F(FinishedTest, CleanupMayOutliveTheStream) {
  auto stream = make_silent();
  Function<void()> cleanup = finished(*stream, cb("done"));
  stream->end();
  EXPECT_EQ(after_ticks(), "done");
  stream = nullptr;
  EXPECT_EQ(sink.devices(), 0u);
  cleanup();
}

TEST_F(FinishedTest, ACallbackMayWatchAndDropTheStream) {
  auto stream = make_silent();
  finished(*stream, [&](const Error& error) {
    log.add("done", error);
    finished(*stream, cb("again"));
    stream = nullptr;
  });
  stream->end();
  EXPECT_EQ(after_ticks(), "done again");
  EXPECT_EQ(sink.devices(), 0u);
}

TEST_F(FinishedTest, WatchesAStreamThatIsDroppedMeanwhile) {
  auto stream = make_silent();
  finished(*stream, cb("done"));
  stream = nullptr;
  EXPECT_EQ(after_ticks(), "done(ERR_STREAM_PREMATURE_CLOSE)");
}

// --- Streams that are read ---

class FinishedReadTest : public test::ReadTest {
 protected:
  void SetUp() override { logs_reads = false; }
  Ref<Duplex> through(const DuplexOptions& options = {}) {
    auto stream = PassThrough::make(ticks, options);
    log.listen(*stream);
    return stream;
  }
};

TEST_F(FinishedReadTest, OfAReadableWaitsForEndAndClose) {
  const auto stream = readable_of({"a"});
  finished(*stream, cb("done"));
  EXPECT_EQ(after_ticks(), "");
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume end close done");
}

TEST_F(FinishedReadTest, OfAReadableThatClosesEarlyIsPremature) {
  const auto stream = readable();
  finished(*stream, cb("done"));
  stream->destroy();
  EXPECT_EQ(after_ticks(), "close done(ERR_STREAM_PREMATURE_CLOSE)");
}

TEST_F(FinishedReadTest, OfAReadableThatFailsGivesTheError) {
  const auto stream = readable();
  finished(*stream, cb("done"));
  stream->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "error(boom) done(boom) close");
}

TEST_F(FinishedReadTest, OfAReadableThatIsOverCallsBackOnATick) {
  const auto ended = readable_of({});
  ended->resume();
  const auto destroyed = readable();
  destroyed->destroy();
  ticks.drain();
  now();
  finished(*ended, cb("ended"));
  finished(*destroyed, cb("destroyed"));
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "ended destroyed(ERR_STREAM_PREMATURE_CLOSE)");
}

TEST_F(FinishedReadTest, OfAReadableWithoutAutoDestroyCallsBackAtEnd) {
  const auto stream = readable_of({}, {.auto_destroy = false});
  finished(*stream, cb("done"));
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume end done");
}

TEST_F(FinishedReadTest, OfADuplexWaitsForBothSides) {
  const auto stream = through();
  finished(*stream, cb("done"));
  stream->end("x");
  EXPECT_EQ(after_ticks(), "prefinish finish");
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume end close done");
}

TEST_F(FinishedReadTest, OfADuplexWithoutItsReadableSideCallsBackAtFinish) {
  const auto stream = through();
  finished(*stream, {.readable = false}, cb("done"));
  stream->end("x");
  EXPECT_EQ(after_ticks(), "prefinish finish done");
}

TEST_F(FinishedReadTest, OfADuplexWithoutItsWritableSideCallsBackAtEnd) {
  const auto stream = through();
  finished(*stream, {.writable = false}, cb("done"));
  stream->push(nullptr);
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume end done");
  EXPECT_TRUE(stream->writable());
}

TEST_F(FinishedReadTest, AStopLeavesTheReadableAlone) {
  std::stop_source stop;
  const auto stream = readable();
  finished(*stream, {.signal = stop.get_token()}, cb("done"));
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "done(ABORT_ERR)");
  EXPECT_FALSE(stream->destroyed());
  EXPECT_EQ(stream->listener_count<End>(), 1u) << "the log's own";
}

// --- Its signal ---

TEST_F(FinishedTest, AStopCallsBackAtOnceAndLeavesTheStreamAlone) {
  std::stop_source stop;
  const auto stream = make();
  finished(*stream, {.signal = stop.get_token()}, cb("done"));
  stop.request_stop();
  EXPECT_EQ(now(), "done(ABORT_ERR)");
  EXPECT_TRUE(stream->writable());
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish close");
}

TEST_F(FinishedTest, AStopThatWasRequestedBeforeCallsBackOnATick) {
  std::stop_source stop;
  stop.request_stop();
  const auto stream = make();
  finished(*stream, {.signal = stop.get_token()}, cb("done"));
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "done(ABORT_ERR)");
}

TEST_F(FinishedTest, AStopAfterTheCallbackHasNoEffect) {
  std::stop_source stop;
  const auto stream = make();
  finished(*stream, {.signal = stop.get_token()}, cb("done"));
  stream->end();
  EXPECT_EQ(after_ticks(), "prefinish finish close done");
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(FinishedTest, LetsItsCallbackGoWhereTheStopNeverComes) {
  std::stop_source stop;
  const auto witness = std::make_shared<int>();
  const auto watch = [&](WritableBase& stream) {
    return finished(stream, {.signal = stop.get_token()}, [witness] {});
  };
  const auto cleaned_up = make_silent();
  watch (*cleaned_up)();
  EXPECT_EQ(witness.use_count(), 1) << "after the cleanup";
  watch(*make_silent({.write = true}, {.auto_destroy = false}));
  EXPECT_EQ(witness.use_count(), 1) << "after a stream that goes without closing";
}

TEST_F(FinishedTest, AStopAfterTheCleanupHasNoEffect) {
  std::stop_source stop;
  const auto stream = make();
  finished(*stream, {.signal = stop.get_token()}, cb("never"))();
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "");
}

}  // namespace
}  // namespace weir
