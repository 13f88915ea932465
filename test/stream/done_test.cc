#include <weir/stream/done.h>

#include "support/stream_test.h"
#include <weir/stream/writable.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

class DoneTest : public test::StreamTest {
 protected:
  static constexpr SinkTraits kWhole{.construct = true, .write = true, .final = true};
};

// --- Dropped without having been called ---

TEST_F(DoneTest, DroppedByWriteFailsTheStream) {
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  sink.drop_pending();
  EXPECT_EQ(now(), "_write(a)");
  EXPECT_EQ(after_ticks(),
            "cbA(ERR_CALLBACK_DROPPED) cbB(ERR_CALLBACK_DROPPED) error(ERR_CALLBACK_DROPPED) "
            "close");
  EXPECT_EQ(stream->errored().message(), "A sink dropped its Done without calling it");
}

TEST_F(DoneTest, DroppedBeforeTheFunctionReturnsFailsTheStreamToo) {
  const auto stream = Writable::make(ticks, {.write = [](Chunk, Done) {}});
  log.listen(*stream);
  stream->write("a", cb("cb"));
  EXPECT_EQ(after_ticks(), "cb(ERR_CALLBACK_DROPPED) error(ERR_CALLBACK_DROPPED) close");
}

TEST_F(DoneTest, DroppedByFinalFailsTheEnd) {
  const auto stream = make({.write = true, .final = true});
  stream->end(cb("endcb"));
  sink.drop_pending();
  EXPECT_EQ(after_ticks(), "_final endcb(ERR_CALLBACK_DROPPED) error(ERR_CALLBACK_DROPPED) close");
}

TEST_F(DoneTest, DroppedByConstructFailsTheStream) {
  const auto stream = make(kWhole);
  stream->write("a", cb("cb"));
  ticks.drain();
  sink.drop_pending();
  EXPECT_EQ(after_ticks(), "_construct cb(ERR_CALLBACK_DROPPED) error(ERR_CALLBACK_DROPPED) close");
}

TEST_F(DoneTest, DroppedByDestroyClosesWithThatError) {
  sink.destroys = true;
  const auto stream = make();
  stream->destroy();
  sink.drop_pending();
  EXPECT_EQ(after_ticks(), "_destroy error(ERR_CALLBACK_DROPPED) close");
}

TEST_F(DoneTest, ReplacedByAnotherItCountsAsDropped) {
  const auto a = make_silent();
  const auto b = make_silent();
  log.listen(*a, "a.");
  log.listen(*b, "b.");
  a->write("1");
  b->write("2");
  Done done = sink.take();
  done = sink.take();
  EXPECT_EQ(after_ticks(), "_write(1) _write(2) a.error(ERR_CALLBACK_DROPPED) a.close");
  done();
  EXPECT_TRUE(b->writable());
}

TEST_F(DoneTest, DroppedByAnExceptionLeavesItToThatException) {
  const auto stream = Writable::make(ticks, {.write = [](Chunk, Done) { throw Error("thrown"); }});
  log.listen(*stream);
  EXPECT_EQ(test::thrown_by([&] { stream->write("a", cb("cb")); }).message(), "thrown");
  EXPECT_EQ(after_ticks(), "");
  EXPECT_TRUE(stream->writable());
}

TEST_F(DoneTest, DroppedByAnExceptionOfFinalFailsTheStreamWithThat) {
  const auto stream = Writable::make(ticks, {.write = [](Chunk, Done done) { done(); },
                                             .final = [](Done) { throw Error("thrown"); }});
  log.listen(*stream);
  stream->end();
  EXPECT_EQ(after_ticks(), "error(thrown) close");
}

// --- Letting the stream go ---

TEST_F(DoneTest, ThatLetsTheStreamGoDoesNotKeepItAlive) {
  auto stream = make();
  stream->write("a", cb("cb"));
  Done done = sink.take();
  done.let_stream_go();
  stream = nullptr;
  EXPECT_EQ(after_ticks(), "_write(a) close");
  EXPECT_EQ(sink.devices(), 0u);
  done();
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(DoneTest, ThatLetTheStreamGoStillServesIt) {
  const auto stream = make();
  stream->write("a", cb("cb"));
  Done done = sink.take();
  done.let_stream_go();
  done();
  EXPECT_EQ(now(), "_write(a) cb");
  EXPECT_TRUE(stream->writable());
}

TEST_F(DoneTest, ThatKeepsTheStreamAgainOutlivesItsUser) {
  auto stream = make();
  stream->write("a", cb("cb"));
  Done done = sink.take();
  done.let_stream_go();
  done.keep_stream();
  stream = nullptr;
  EXPECT_EQ(after_ticks(), "_write(a)");
  done();
  EXPECT_EQ(now(), "cb");
}

TEST_F(DoneTest, DroppedAfterItLetTheStreamGoFailsTheStream) {
  const auto stream = make();
  stream->write("a", cb("cb"));
  sink.take().let_stream_go();
  EXPECT_EQ(after_ticks(), "_write(a) cb(ERR_CALLBACK_DROPPED) error(ERR_CALLBACK_DROPPED) close");
}

TEST_F(DoneTest, CalledTwiceAfterItReleasedTheStreamIsReported) {
  const auto stream = make();
  stream->write("a", cb("cb"));
  Done done = sink.take();
  done.let_stream_go();
  done();
  done();
  EXPECT_EQ(after_ticks(), "_write(a) cb error(ERR_MULTIPLE_CALLBACK) close");
}

// --- Called too often ---

TEST_F(DoneTest, CalledTwiceAtOnceKeepsTheFirstCall) {
  const auto stream = Writable::make(ticks, {.write = [](Chunk, Done done) {
                                       done();
                                       done();
                                     }});
  log.listen(*stream);
  stream->write("a", cb("cb"));
  EXPECT_EQ(after_ticks(), "cb error(ERR_MULTIPLE_CALLBACK) close");
}

TEST_F(DoneTest, CalledTwiceAtOnceMakesAWriteWithoutACallbackReturnFalse) {
  for (const bool auto_destroy : {true, false}) {
    const auto stream = Writable::make(ticks, {.write = [](Chunk, Done done) { done(), done(); }},
                                       {.auto_destroy = auto_destroy});
    stream->on<Error>([](const Error&) {});
    EXPECT_FALSE(stream->write("a"));
  }
}

TEST_F(DoneTest, CalledTwiceByFinalAtOnceFinishesAndFailsAsInNode) {
  const auto stream = Writable::make(ticks, {.write = [](Chunk, Done done) { done(); },
                                             .final =
                                                 [](Done done) {
                                                   done();
                                                   done();
                                                 }});
  log.listen(*stream);
  stream->end(cb("endcb"));
  EXPECT_EQ(after_ticks(),
            "prefinish finish error(ERR_MULTIPLE_CALLBACK) close endcb(ERR_MULTIPLE_CALLBACK)");
}

TEST_F(DoneTest, ASecondCallWithAnErrorIsReportedAsASecondCall) {
  const auto stream = make();
  stream->write("a", cb("cb"));
  Done done = sink.take();
  done();
  done(Error("late"));
  EXPECT_EQ(after_ticks(), "_write(a) cb error(ERR_MULTIPLE_CALLBACK) close");
}

TEST_F(DoneTest, CalledTwiceWhileTheNextWriteIsUnderWayCompletesThatAsInNode) {
  const auto stream = make();
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  Done done = sink.take();
  done();
  done();
  EXPECT_EQ(now(), "_write(a) _write(b) cbA cbB");
  EXPECT_TRUE(stream->writable());
}

TEST_F(DoneTest, DroppedAfterTheCallItHasNoEffect) {
  const auto stream = make();
  stream->write("a", cb("cb"));
  {
    Done done = sink.take();
    done();
  }
  EXPECT_EQ(after_ticks(), "_write(a) cb");
}

TEST_F(DoneTest, MovedFromItHasNoEffect) {
  const auto stream = make();
  stream->write("a", cb("cb"));
  {
    Done first = sink.take();
    Done second = std::move(first);
    first();  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(now(), "_write(a)");
    second();
  }
  EXPECT_EQ(after_ticks(), "cb");
}

// --- The life of its stream ---

TEST_F(DoneTest, KeepsItsStreamAliveUntilItIsCalled) {
  auto stream = make();
  stream->write("a", cb("cb"));
  stream = nullptr;
  EXPECT_EQ(after_ticks(), "_write(a)");
  EXPECT_EQ(sink.devices(), 1u);
  sink.complete();
  EXPECT_EQ(after_ticks(), "cb close");
  EXPECT_EQ(sink.devices(), 0u);
}

TEST_F(DoneTest, KeptBeyondTheLifeOfItsStreamItHasNoEffect) {
  std::optional<Done> done;
  {
    const auto stream = make();
    stream->write("a");
    done = sink.take();
    (*done)();
    stream->destroy();
    EXPECT_EQ(after_ticks(), "_write(a) close");
  }
  EXPECT_EQ(sink.devices(), 0u);
  (*done)();
  (*done)(Error("late"));
  done.reset();
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(DoneTest, CalledAfterDestroyOnlyCompletesItsOwnWrite) {
  const auto stream = make();
  stream->write("a", cb("cb"));
  stream->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "_write(a) error(boom) close");
  sink.complete_with(Error("late"));
  EXPECT_EQ(after_ticks(), "cb(late)");
}

// --- Kept, moved and called at any time ---

// Completes at once and keeps the Done that it was given.
struct KeepingSink final : Sink {
  explicit KeepingSink(std::optional<Done>& place) : kept(place) {}
  void write(Chunk, Done done) override {
    done();
    kept.emplace(std::move(done));
  }
  std::optional<Done>& kept;
};

TEST_F(DoneTest, CalledAtOnceAndKeptItStillNoticesASecondCall) {
  std::optional<Done> kept;
  const auto stream = Writable::make(ticks, std::make_unique<KeepingSink>(kept));
  log.listen(*stream);
  stream->write("a", cb("cb"));
  EXPECT_EQ(after_ticks(), "cb");
  (*kept)();
  EXPECT_EQ(after_ticks(), "error(ERR_MULTIPLE_CALLBACK) close");
}

TEST_F(DoneTest, CalledAtOnceAndKeptItDoesNotKeepTheStream) {
  std::optional<Done> kept;
  auto stream = Writable::make(ticks, std::make_unique<KeepingSink>(kept));
  log.listen(*stream);
  stream->write("a");
  ticks.drain();
  stream = nullptr;
  EXPECT_EQ(after_ticks(), "close");
  (*kept)();  // the stream is destroyed
  kept.reset();
}

TEST_F(DoneTest, AStreamWhoseLastRefIsDroppedInsideItsSinkLivesUntilTheSinkReturns) {
  for (const bool auto_destroy : {true, false}) {
    Ref<Writable> stream;
    stream = Writable::make(ticks,
                            {.write =
                                 [&stream](Chunk, Done done) {
                                   stream = nullptr;
                                   done();
                                 }},
                            {.auto_destroy = auto_destroy});
    stream->write("a");  // a sanitizer checks later accesses
    ticks.drain();
    EXPECT_EQ(stream, nullptr);
  }
}

}  // namespace
}  // namespace weir
