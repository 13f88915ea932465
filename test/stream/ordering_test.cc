// The rules of docs/ordering.md that no other test of this folder is about. The orders are Node's,
// as it printed them.
#include "support/read_test.h"
#include <weir/stream/consumers.h>
#include <weir/stream/pass_through.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/transform.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace weir {
namespace {

class OrderingTest : public test::ReadTest {
 protected:
  // Completes each write at once, and its destroy when the test calls destroyed_.
  Ref<Writable> slow_to_destroy() {
    auto stream = Writable::make(ticks, {.write = [](Chunk, Done done) { done(); },
                                         .destroy =
                                             [this](Error error, Done done) {
                                               log.add("w._destroy", error);
                                               destroyed_ = [error = std::move(error),
                                                             done = std::move(done)]() mutable {
                                                 done(std::move(error));
                                               };
                                             }});
    log.listen(*stream, "w.");
    return stream;
  }

  Function<void()> destroyed_;
};

// --- 2: calls inside write() ---

TEST_F(OrderingTest, WriteCallsADataListenerOfATransformThatFlows) {
  const auto t = PassThrough::make(ticks);
  t->on<Data>(
      [this](const Data& data) { log.add("data(" + std::string(data.chunk.text()) + ")"); });
  ticks.drain();
  t->write("a", cb("cb"));
  EXPECT_EQ(now(), "data(a)");
  EXPECT_EQ(after_ticks(), "cb");
}

TEST_F(OrderingTest, WriteEmitsPrefinishWhereItsSinkEndsTheStream) {
  Ref<Writable> w;
  w = Writable::make(ticks, {.write = [&](Chunk, Done done) {
                       done();
                       w->end();
                       log.add("ended");
                     }});
  log.listen(*w);
  w->write("a", cb("cb"));
  EXPECT_EQ(now(), "prefinish ended");
  EXPECT_EQ(after_ticks(), "cb finish close");
}

// --- 5: Prefinish and the last write's callback ---

TEST_F(OrderingTest, PrefinishComesBeforeTheCallbackOfAWriteThatWasDoneAtOnce) {
  sink.automatic = true;
  const auto w = make();
  w->write("a", cb("cb"));
  w->end(cb("endcb"));
  EXPECT_EQ(now(), "_write(a) prefinish");
  EXPECT_EQ(after_ticks(), "cb endcb finish close");
}

TEST_F(OrderingTest, PrefinishComesAfterTheCallbackOfAWriteThatWasDoneLater) {
  const auto w = make({.write = true, .final = true});
  w->write("a", cb("cb"));
  w->end(cb("endcb"));
  EXPECT_EQ(now(), "_write(a)");
  sink.complete();
  EXPECT_EQ(now(), "cb _final");
  sink.complete();
  EXPECT_EQ(now(), "prefinish");
  EXPECT_EQ(after_ticks(), "endcb finish close");
}

// --- 8: effects of resume and pipe before their tick ---

TEST_F(OrderingTest, APushBeforeTheTickOfAResumeIsDataBeforeResume) {
  const auto r = readable();
  log.listen_to_data(*r);
  ticks.drain();
  r->pause();
  now();
  r->resume();
  r->push("a");
  EXPECT_EQ(now(), "data(a)");
  EXPECT_EQ(after_ticks(), "_read resume");
}

TEST_F(OrderingTest, APushBeforeTheTickOfAPipeIsWrittenBeforeResume) {
  const auto r = readable({}, "r.");
  static_cast<void>(r->read(0));
  now();
  r->pipe(destination("w"));
  r->push("a");
  EXPECT_EQ(now(), "w.pipe w._write(a)");
  EXPECT_EQ(after_ticks(), "r._read r.resume");
  r->push(nullptr);
  ticks.drain();
}

TEST_F(OrderingTest, ResumeComesThoughTheStreamWasPausedAgain) {
  const auto r = readable();
  r->resume();
  r->pause();
  EXPECT_EQ(now(), "pause");
  EXPECT_EQ(after_ticks(), "_read resume");
  EXPECT_TRUE(r->is_paused());
}

TEST_F(OrderingTest, PipeIntoAFullDestinationPausesAtOnce) {
  sink_of("w").automatic = false;
  const auto w = destination("w", {.high_water_mark = 1});
  w->write("x");
  const auto r = readable_of({"a"}, {}, "r.");
  r->pipe(w);
  EXPECT_EQ(now(), "w._write(x) w.pipe r.pause");
  sink_of("w").automatic = true;
  sink_of("w").complete();
  ticks.drain();
}

// --- 10: the last ReadableEvent ---

TEST_F(OrderingTest, TheLastReadableEventComesInsideAnEndThatIsPushedLater) {
  const auto r = readable();
  r->on<ReadableEvent>([&] {
    log.add("readable");
    while (const auto chunk = r->read()) log.add("got(" + std::string(chunk->text()) + ")");
  });
  ticks.drain();
  now();
  r->push("a");
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "readable _read got(a)");
  r->push(nullptr);
  EXPECT_EQ(now(), "readable");
  EXPECT_EQ(after_ticks(), "end close");
}

// --- 13: when a transform gets its next chunk ---

TEST_F(OrderingTest, AFullTransformTakesAnotherChunkIfTheLastGaveNoOutput) {
  const auto t = Transform::make(ticks,
                                 {.transform =
                                      [this](Transform& stream, Chunk chunk, Done done) {
                                        const std::string text(chunk.text());
                                        log.add("_transform(" + text + ")");
                                        if (text != "b") stream.push(std::move(chunk));
                                        done();
                                      }},
                                 {.readable_high_water_mark = 2});
  for (const char* const chunk : {"a", "b", "cc", "d"}) t->write(chunk);
  EXPECT_EQ(now(), "_transform(a) _transform(b) _transform(cc)") << "d waits for a reader";
}

TEST_F(OrderingTest, AFullTransformTakesAllThatIsQueuedOnceItIsEnded) {
  std::vector<Done> under_way;
  const auto t = Transform::make(ticks,
                                 {.transform =
                                      [&](Transform& stream, Chunk chunk, Done done) {
                                        log.add("_transform(" + std::string(chunk.text()) + ")");
                                        stream.push(std::move(chunk));
                                        under_way.push_back(std::move(done));
                                      }},
                                 {.readable_high_water_mark = 1});
  t->write("a");
  t->write("b");
  t->end("c");
  while (!under_way.empty()) {
    Done done = std::move(under_way.back());
    under_way.pop_back();
    done();
  }
  EXPECT_EQ(now(), "_transform(a) _transform(b) _transform(c)") << "though nobody reads";
}

// --- 14: when a pipeline calls back ---

TEST_F(OrderingTest, APipelineThatSucceedsCallsBackAfterTheLastStreamsClose) {
  pipeline(readable_of({"a"}, {}, "r."), slow_to_destroy(), cb("done"));
  EXPECT_THAT(after_ticks(), testing::EndsWith("w.prefinish w.finish w._destroy r.close"));
  destroyed_();
  EXPECT_EQ(after_ticks(), "w.close done");
}

TEST_F(OrderingTest, APipelineThatFailsCallsBackOnceTheOthersAreClosed) {
  const auto w = slow_to_destroy();
  const auto r = readable({}, "r.");
  pipeline(r, w, cb("done"));
  ticks.drain();
  now();
  r->destroy(Error("failed"));
  EXPECT_EQ(after_ticks(), "r.error(failed) w._destroy(failed) r.close");
  EXPECT_TRUE(w->destroyed());
  EXPECT_FALSE(w->closed());
  destroyed_();
  EXPECT_EQ(after_ticks(), "w.unpipe w.error(failed) w.close done(failed)");
}

// --- 15: when a consumer begins ---

TEST_F(OrderingTest, AConsumerReadsOnTheTickAfterItsCall) {
  const auto r = readable_of({"a"}, {}, "r.");
  text(r, [this](const Error&, const std::string& all) { log.add("text(" + all + ")"); });
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "r._read r._read r.end r.close text(a)");
}

}  // namespace
}  // namespace weir
