#include <weir/stream/pipeline.h>

#include "support/read_test.h"
#include <weir/stream/pass_through.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace weir {
namespace {

class PipelineTest : public test::ReadTest {
 protected:
  void SetUp() override { logs_reads = false; }

  Ref<Readable> r_of(std::vector<std::string> chunks) {
    return readable_of(std::move(chunks), {}, "r.");
  }
  Ref<Readable> r_silent() { return readable({}, "r."); }
  Ref<Duplex> through(const std::string& name, const DuplexOptions& options = {}) {
    auto stream = PassThrough::make(ticks, options);
    log.listen(*stream, name + ".");
    return stream;
  }
  Ref<Transform> failing(const std::string& name) {
    auto stream = Transform::make(
        ticks, {.transform = [](Transform&, Chunk, Done done) { done(Error("tx")); }});
    log.listen(*stream, name + ".");
    return stream;
  }
};

// --- Success ---

TEST_F(PipelineTest, OfTwoCallsBackAfterTheLastHasClosed) {
  const auto w = destination("w");
  EXPECT_EQ(pipeline(r_of({"a", "b"}), w, cb("CB")).get(), w.get());
  EXPECT_EQ(after_ticks(),
            "w.pipe r.resume w._write(a) w._write(b) r.end r.pause w.unpipe w.prefinish w.finish "
            "r.close w.close CB");
}

TEST_F(PipelineTest, OfThreeEndsOneAfterTheOther) {
  pipeline(r_of({"a"}), through("t"), destination("w"), cb("CB"));
  EXPECT_EQ(after_ticks(),
            "t.pipe w.pipe r.resume w._write(a) t.resume r.end r.pause t.unpipe t.prefinish t.end "
            "t.pause w.unpipe w.prefinish t.finish r.close w.finish t.close w.close CB");
}

TEST_F(PipelineTest, OfFourAndFiveMovesEverything) {
  sink_of("w").keep_chunks();
  pipeline(r_of({"a", "b"}), through("s"), through("t"), destination("w"), cb("CB"));
  EXPECT_THAT(after_ticks(), testing::EndsWith("w.close CB"));
  pipeline(r_of({"c"}), through("s"), through("t"), through("u"), destination("w"), cb("CB"));
  EXPECT_THAT(after_ticks(), testing::EndsWith("w.close CB"));
  std::string all;
  for (const Chunk& chunk : sink_of("w").chunks()) all += chunk.text();
  EXPECT_EQ(all, "abc");
  EXPECT_EQ(sources(), 0u);
}

TEST_F(PipelineTest, TakesReferencesAndKeepsTheirStreams) {
  {
    const auto source = r_of({"a"});
    const auto between = through("t");
    pipeline(*source, *between, *destination("w"), cb("CB"));
  }
  const std::string all = after_ticks();
  EXPECT_THAT(all, testing::HasSubstr("w._write(a)"));
  EXPECT_THAT(all, testing::EndsWith("w.close CB"));
  EXPECT_EQ(sources(), 0u);
}

TEST_F(PipelineTest, OfStreamsThatAreKnownOnlyWhenItRuns) {
  for (std::size_t count = 0; count <= 3; ++count) {
    std::vector<Ref<Duplex>> between;
    for (std::size_t i = 0; i < count; ++i) between.push_back(through("t"));
    pipeline(r_of({"a"}), std::move(between), destination("w"), cb("CB"));
    const std::string all = after_ticks();
    EXPECT_THAT(all, testing::HasSubstr("w._write(a)"));
    EXPECT_THAT(all, testing::EndsWith("w.close CB"));
  }
}

TEST_F(PipelineTest, WaitsForASlowDestination) {
  sink_of("w").automatic = false;
  pipeline(r_of({"a", "b"}), through("t", {.high_water_mark = 1}),
           destination("w", {.high_water_mark = 1}), cb("CB"));
  ticks.drain();
  EXPECT_THAT(now(), testing::Not(testing::HasSubstr("w._write(b)")));
  sink_of("w").complete();
  EXPECT_THAT(after_ticks(), testing::HasSubstr("w._write(b)"));
  sink_of("w").complete();
  EXPECT_THAT(after_ticks(), testing::EndsWith("w.close CB"));
}

TEST_F(PipelineTest, MovesValuesFromTypeToType) {
  using Parse = ObjectTransform<Chunk, int>;
  using Print = ObjectTransform<int, Chunk>;
  const auto parse = Parse::make(ticks, {.transform = [](Parse& s, Chunk chunk, Done done) {
                                   s.push(std::stoi(std::string(chunk.text())));
                                   done();
                                 }});
  const auto print = Print::make(ticks, {.transform = [](Print& s, int value, Done done) {
                                   s.push(std::to_string(value * 2));
                                   done();
                                 }});
  pipeline(r_of({"1", "20"}), parse, print, destination("w"), cb("CB"));
  const std::string all = after_ticks();
  EXPECT_THAT(all, testing::HasSubstr("w._write(2) w._write(40)"));
  EXPECT_THAT(all, testing::EndsWith("CB"));
}

TEST_F(PipelineTest, WithoutEndLeavesTheLastOpen) {
  const auto w = destination("w");
  pipeline(PipelineOptions{.end = false}, r_of({"a"}), w, cb("CB"));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.end r.pause w.unpipe r.close CB");
  EXPECT_TRUE(w->writable());
}

TEST_F(PipelineTest, OfASourceThatHasEndedFinishes) {
  const auto r = r_of({});
  r->resume();
  EXPECT_EQ(after_ticks(), "r.resume r.end r.close");
  pipeline(r, destination("w"), cb("CB"));
  EXPECT_THAT(after_ticks(), testing::EndsWith("w.finish w.close CB"));
}

// --- Errors, in each place ---

TEST_F(PipelineTest, AnErrorOfTheSourceDestroysTheOthers) {
  const auto r = r_silent();
  const auto w = destination("w");
  pipeline(r, w, cb("CB"));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume");
  r->destroy(Error("sx"));
  EXPECT_EQ(after_ticks(), "r.error(sx) r.close w.unpipe w.error(sx) w.close CB(sx)");
}

// In Node it never calls back.
TEST_F(PipelineTest, OfASourceThatIsDestroyedWithUnreadDataFails) {
  const auto r = r_silent();
  const auto w = destination("w");
  pipeline(r, w, cb("CB"));
  r->unpipe();
  after_ticks();
  r->push("a");
  r->push(nullptr);
  r->destroy();
  EXPECT_EQ(after_ticks(),
            "r.close w.error(ERR_STREAM_PREMATURE_CLOSE) w.close CB(ERR_STREAM_PREMATURE_CLOSE)");
}

TEST_F(PipelineTest, AnErrorOfTheDestinationDestroysTheOthers) {
  sink_of("w").fails = Error("wx");
  pipeline(r_of({"a", "b"}), destination("w"), cb("CB"));
  EXPECT_EQ(after_ticks(),
            "w.pipe r.resume w._write(a) r.pause w.unpipe w.error(wx) w.close r.error(wx) r.close "
            "CB(wx)");
}

TEST_F(PipelineTest, AnErrorBetweenDestroysTheOthers) {
  pipeline(r_of({"a", "b"}), failing("t"), destination("w"), cb("CB"));
  EXPECT_EQ(after_ticks(),
            "t.pipe w.pipe r.resume r.pause t.resume t.unpipe t.error(tx) t.close r.error(tx) "
            "r.close w.unpipe w.error(tx) w.close CB(tx)");
}

TEST_F(PipelineTest, AnErrorInAnyPlaceDestroysAllAndCallsBackOnce) {
  for (int failing_one = 0; failing_one < 5; ++failing_one) {
    const auto r = r_silent();
    const auto s = through("s");
    const auto t = through("t");
    const auto u = through("u");
    const auto w = destination("w");
    pipeline(r, s, t, u, w, cb("CB"));
    ticks.drain();
    r->push("a");
    ticks.drain();
    now();
    Stream* const streams[] = {r.get(), s.get(), t.get(), u.get(), w.get()};
    streams[failing_one]->destroy(Error("boom"));
    const std::string all = after_ticks();
    EXPECT_THAT(all, testing::EndsWith("CB(boom)")) << failing_one;
    EXPECT_EQ(all.find("CB"), all.rfind("CB")) << failing_one;
    for (const Stream* stream : streams) {
      EXPECT_TRUE(stream->closed()) << failing_one;
      EXPECT_EQ(stream->errored().message(), "boom") << failing_one;
    }
  }
}

TEST_F(PipelineTest, ASourceThatClosesEarlyDestroysTheOthers) {
  const auto r = r_silent();
  pipeline(r, destination("w"), cb("CB"));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume");
  r->destroy();
  EXPECT_EQ(after_ticks(),
            "r.close w.unpipe w.error(ERR_STREAM_PREMATURE_CLOSE) w.close "
            "CB(ERR_STREAM_PREMATURE_CLOSE)");
}

TEST_F(PipelineTest, ADestinationThatClosesEarlyDestroysTheOthers) {
  const auto r = r_silent();
  const auto w = destination("w");
  pipeline(r, w, cb("CB"));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume");
  w->destroy();
  EXPECT_EQ(after_ticks(),
            "w.close w.unpipe r.error(ERR_STREAM_PREMATURE_CLOSE) r.close "
            "CB(ERR_STREAM_PREMATURE_CLOSE)");
}

TEST_F(PipelineTest, IntoAStreamThatIsDestroyedThrowsBeforeAnythingIsPiped) {
  const auto r = r_silent();
  const auto w = destination("w");
  w->destroy();
  EXPECT_EQ(test::thrown_by([&] { pipeline(r, w, cb("CB")); }), Errc::stream_unable_to_pipe);
  EXPECT_EQ(after_ticks(), "w.close");
  EXPECT_EQ(r->listener_count<Error>(), 1u) << "the log's";
}

TEST_F(PipelineTest, ThatIsRefusedReleasesTheStreamsThatItHasPiped) {
  const auto w = destination("w");
  w->destroy();
  auto r = r_silent();
  auto first = through("first");
  auto second = through("second");
  const auto held = std::make_shared<int>();
  r->on<Error>([held] {});
  first->on<Error>([held] {});
  second->on<Error>([held] {});
  EXPECT_EQ(test::thrown_by([&] { pipeline(r, first, second, w, cb("CB")); }),
            Errc::stream_unable_to_pipe);
  r->destroy();
  ticks.drain();
  r = nullptr;
  first = nullptr;
  second = nullptr;
  ticks.drain();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(PipelineTest, AnErrorAfterAnAbortIsReported) {
  std::stop_source stop;
  const auto r = r_silent();
  const auto w = destination("w");
  sink_of("w").automatic = false;
  pipeline(PipelineOptions{.signal = stop.get_token()}, r, w, cb("CB"));
  ticks.drain();
  now();
  stop.request_stop();
  EXPECT_EQ(after_ticks(),
            "r.error(ABORT_ERR) r.close w.unpipe w.error(ABORT_ERR) w.close CB(ABORT_ERR)");
}

TEST_F(PipelineTest, NoErrorOfItsStreamsIsUnheard) {
  const auto r = readable_silent();
  pipeline(r, destination_silent("w"), cb("CB"));
  r->destroy(Error("sx"));
  EXPECT_EQ(after_ticks(), "CB(sx)");
}

TEST_F(PipelineTest, ACallbackMayThrow) {
  pipeline(r_of({}), destination("w"), [] { throw Error("incb"); });
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }).message(), "incb");
}

// --- signal ---

TEST_F(PipelineTest, AStopDestroysEachOfItsStreams) {
  std::stop_source stop;
  const auto r = r_silent();
  const auto t = through("t");
  const auto w = destination("w");
  pipeline(PipelineOptions{.signal = stop.get_token()}, r, t, w, cb("CB"));
  EXPECT_EQ(after_ticks(), "t.pipe w.pipe r.resume t.resume");
  stop.request_stop();
  EXPECT_EQ(after_ticks(),
            "r.error(ABORT_ERR) r.close t.unpipe t.error(ABORT_ERR) t.close "
            "w.unpipe w.error(ABORT_ERR) w.close CB(ABORT_ERR)");
}

TEST_F(PipelineTest, AStopThatWasRequestedBeforeDestroysAllOnATick) {
  std::stop_source stop;
  stop.request_stop();
  const auto r = r_silent();
  const auto w = destination("w");
  pipeline(PipelineOptions{.signal = stop.get_token()}, r, w, cb("CB"));
  EXPECT_FALSE(r->destroyed());
  EXPECT_THAT(after_ticks(), testing::EndsWith("CB(ABORT_ERR)"));
  EXPECT_TRUE(r->destroyed());
  EXPECT_TRUE(w->destroyed());
}

TEST_F(PipelineTest, AStopAfterTheCallbackHasNoEffect) {
  std::stop_source stop;
  pipeline(PipelineOptions{.signal = stop.get_token()}, r_of({"a"}), destination("w"), cb("CB"));
  EXPECT_THAT(after_ticks(), testing::EndsWith("CB"));
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "");
}

// --- Remaining listeners ---

TEST_F(PipelineTest, LeavesNoListenerOnALastStreamThatCanBeRead) {
  const auto last = PassThrough::make(ticks);
  pipeline(Readable::from(ticks, "abc"), last, cb("CB"));
  last->resume();
  EXPECT_EQ(after_ticks(), "CB");
  EXPECT_EQ(last->listener_count<Error>(), 0u);
  EXPECT_EQ(last->listener_count<Finish>(), 0u);
}

TEST_F(PipelineTest, DroppedWithASlowDestinationItContinues) {
  sink_of("w").automatic = false;
  pipeline(r_of({"a", "b"}), through("t", {.high_water_mark = 1}),
           destination("w", {.high_water_mark = 1}), cb("CB"));
  std::string all;
  for (int i = 0; i < 10; ++i) {
    all += after_ticks() + " ";
    if (sink_of("w").pending() > 0) sink_of("w").complete();
  }
  EXPECT_THAT(all, testing::HasSubstr("w.prefinish w.finish t.close w.close CB"));
  EXPECT_EQ(sources(), 0u);
}

TEST_F(PipelineTest, DroppedWithASourceThatIsSilentItFailsAndAllIsFreed) {
  pipeline(r_silent(), through("t"), destination("w"), cb("CB"));
  EXPECT_THAT(after_ticks(), testing::EndsWith("CB(ERR_STREAM_PREMATURE_CLOSE)"));
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(sink_of("w").devices(), 0u);
}

TEST_F(PipelineTest, DroppedWithAnAsynchronousTransformItContinues) {
  std::optional<Done> pending;
  {
    const auto t = Transform::make(ticks, {.transform = [&](Transform& s, Chunk chunk, Done done) {
                                     s.push(chunk);
                                     pending.emplace(std::move(done));
                                   }});
    log.listen(*t, "t.");
    pipeline(r_of({"a", "b"}), t, destination("w"), cb("CB"));
  }
  EXPECT_THAT(after_ticks(), testing::EndsWith("r.end r.pause t.unpipe r.close"));
  (*std::exchange(pending, std::nullopt))();
  EXPECT_EQ(after_ticks(), "w._write(b)");
  (*std::exchange(pending, std::nullopt))();
  EXPECT_THAT(after_ticks(), testing::EndsWith("w.close CB"));
  EXPECT_EQ(sources(), 0u);
}

TEST_F(PipelineTest, AllIsFreedWithTheQueueUnderIt) {
  sink_of("w").automatic = false;
  pipeline(r_of({"a", "b"}), through("t", {.high_water_mark = 1}),
           destination("w", {.high_water_mark = 1}), cb("never"));
  ticks.drain();
  ticks.close();
  sink_of("w").drop_pending();
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(sink_of("w").devices(), 0u);
}

TEST_F(PipelineTest, IntoAnUnreadStreamItIsFreedWithItsStreams) {
  const auto owned = std::make_shared<int>();
  {
    const auto first = PassThrough::make(ticks);
    const auto last = PassThrough::make(ticks, {.auto_destroy = false});
    pipeline(first, last, [owned] {});
    ticks.drain();
    ticks.close();
  }
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(PipelineTest, ACallbackThatOwnsItsStreamsIsFreedOnceItWasCalled) {
  {
    const auto r = r_of({"a"});
    const auto w = destination("w");
    pipeline(r, w, [r, w] {});
  }
  ticks.drain();
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(sink_of("w").devices(), 0u);
}

}  // namespace
}  // namespace weir
