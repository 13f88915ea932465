// The option destroy_source of pipeline, and what becomes of the source without it.
#include "support/read_test.h"
#include <weir/stream/finished.h>
#include <weir/stream/pass_through.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/transform.h>

#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>

#include <gmock/gmock.h>

namespace weir {
namespace {

class SparedSourceTest : public test::ReadTest {
 protected:
  void SetUp() override { logs_reads = false; }

  static inline const PipelineOptions kSpare{.signal = {}, .end = true, .destroy_source = false};

  // The number of all listeners, of which the pipeline leaves none.
  static std::size_t listeners_of(const Ref<Readable>& stream) {
    return stream->listener_count<Data>() + stream->listener_count<End>() +
           stream->listener_count<Error>() + stream->listener_count<Close>() +
           stream->listener_count<ReadableEvent>();
  }
  // Pushes one chunk at each read, for ever.
  Ref<Readable> endless() {
    return Readable::make(ticks, {.read = [next = 0](Readable& stream, std::size_t) mutable {
                            stream.push(std::to_string(next++));
                          }});
  }
  Ref<Transform> failing_after(int chunks) {
    return Transform::make(
        ticks, {.transform = [left = chunks](Transform& stream, Chunk chunk, Done done) mutable {
          if (left-- == 0) return done(Error("full"));
          stream.push(std::move(chunk));
          done();
        }});
  }
};

TEST_F(SparedSourceTest, SurvivesAFailedDestinationUnpipedAndPaused) {
  const auto source = endless();
  const std::size_t before = listeners_of(source);
  auto destination = destination_silent("w");
  sink_of("w").automatic = false;
  pipeline(kSpare, source, destination, cb("CB"));
  ticks.drain();
  EXPECT_GT(listeners_of(source), before);
  now();
  sink_of("w").complete_with(Error("no space"));
  EXPECT_EQ(after_ticks(), "CB(no space)");
  EXPECT_TRUE(destination->destroyed());
  EXPECT_FALSE(source->destroyed());
  EXPECT_TRUE(source->readable());
  EXPECT_TRUE(source->is_paused());
  EXPECT_EQ(listeners_of(source), before);
}

TEST_F(SparedSourceTest, CanBeReadOnOrPipedAgain) {
  const auto source = endless();
  pipeline(kSpare, source, failing_after(3), destination("w"), cb("CB"));
  EXPECT_THAT(after_ticks(), testing::HasSubstr("CB(full)"));
  EXPECT_TRUE(source->read().has_value());
  sink_of("second").automatic = false;
  pipeline(source, destination_silent("second"), cb("CB2"));
  ticks.drain();
  EXPECT_THAT(now(), testing::StartsWith("second._write("));
  source->destroy();
  ticks.drain();
  sink_of("second").drop_pending();
  EXPECT_THAT(after_ticks(), testing::HasSubstr("CB2(ERR_STREAM_PREMATURE_CLOSE)"));
}

// The failure is at each place of the chain, and of each kind.
TEST_F(SparedSourceTest, AllOtherStreamsAreDestroyedWhereverItFails) {
  for (int place = 1; place <= 3; ++place) {
    for (const bool has_error : {true, false}) {
      const auto source = endless();
      const std::size_t before = listeners_of(source);
      sink_of("w").automatic = false;
      const Ref<Duplex> first = PassThrough::make(ticks), second = PassThrough::make(ticks);
      const auto last = destination_silent("w");
      pipeline(kSpare, source, first, second, last, cb("CB"));
      ticks.drain();
      now();
      Stream* const chain[] = {first.get(), second.get(), last.get()};
      chain[place - 1]->destroy(has_error ? Error("broken") : Error());
      sink_of("w").drop_pending();
      EXPECT_EQ(after_ticks(), has_error ? "CB(broken)" : "CB(ERR_STREAM_PREMATURE_CLOSE)");
      EXPECT_TRUE(first->destroyed() && second->destroyed() && last->destroyed());
      EXPECT_FALSE(source->destroyed());
      EXPECT_TRUE(source->is_paused());
      EXPECT_EQ(listeners_of(source), before);
      source->destroy();
      ticks.drain();
    }
  }
}

TEST_F(SparedSourceTest, SurvivesAStopBeforeAndDuring) {
  for (const bool is_early : {true, false}) {
    std::stop_source stop;
    const auto source = endless();
    const std::size_t before = listeners_of(source);
    sink_of("w").automatic = false;
    auto destination = destination_silent("w");
    if (is_early) stop.request_stop();
    pipeline({.signal = stop.get_token(), .destroy_source = false}, source, destination, cb("CB"));
    if (!is_early) ticks.drain();
    stop.request_stop();
    sink_of("w").drop_pending();
    EXPECT_THAT(after_ticks(), testing::EndsWith("CB(ABORT_ERR)"));
    EXPECT_TRUE(destination->destroyed());
    EXPECT_FALSE(source->destroyed());
    EXPECT_EQ(listeners_of(source), before);
    source->destroy();
    ticks.drain();
  }
}

TEST_F(SparedSourceTest, LosesNoChunkThatTheDestinationHasNotGot) {
  const auto source = endless();
  sink_of("w").keep_chunks();
  sink_of("w").automatic = false;
  auto destination = destination_silent("w");
  pipeline(kSpare, source, destination, cb("CB"));
  ticks.drain();
  destination->destroy(Error("broken"));  // with writes queued
  source->push("late");
  sink_of("w").drop_pending();
  ticks.drain();
  std::string rest;
  source->on<Data>([&](const Data& data) { rest += data.chunk.text(); });
  source->once<Data>([&] { source->push(nullptr); });
  source->resume();
  ticks.drain();
  EXPECT_THAT(rest, testing::HasSubstr("late"));
}

TEST_F(SparedSourceTest, ThatFailsItselfFailsThePipeline) {
  for (const bool has_error : {true, false}) {
    const auto source = endless();
    sink_of("w").automatic = false;
    auto destination = destination_silent("w");
    pipeline(kSpare, source, destination, cb("CB"));
    ticks.drain();
    now();
    source->destroy(has_error ? Error("read failed") : Error());
    sink_of("w").drop_pending();
    EXPECT_EQ(after_ticks(), has_error ? "CB(read failed)" : "CB(ERR_STREAM_PREMATURE_CLOSE)");
    EXPECT_TRUE(destination->destroyed());
  }
}

// Otherwise the errors of a stream that a failed pipeline has left would be lost.
TEST_F(SparedSourceTest, HasNoErrorListenerAfterwards) {
  const auto source = endless();
  pipeline(kSpare, source, failing_after(0), destination("w"), cb("CB"));
  EXPECT_THAT(after_ticks(), testing::HasSubstr("CB(full)"));
  source->destroy(Error("unheard"));
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }), Error("unheard"));
}

TEST_F(SparedSourceTest, ThatSucceedsEndsAsUsual) {
  pipeline(kSpare, readable_of({"a", "b"}, {}, "r."), destination("w"), cb("CB"));
  const std::string spared = after_ticks();
  pipeline(readable_of({"a", "b"}, {}, "r."), destination("w"), cb("CB"));
  EXPECT_EQ(spared, after_ticks());
}

TEST_F(SparedSourceTest, ThatHasEndedBeforeTheFailureIsOver) {
  const auto source = readable_of({"a"}, {}, "r.");
  sink_of("w").automatic = false;
  auto destination = destination_silent("w");
  pipeline(kSpare, source, destination, cb("CB"));
  EXPECT_THAT(after_ticks(), testing::HasSubstr("r.end"));
  sink_of("w").complete_with(Error("late"));
  EXPECT_THAT(after_ticks(), testing::EndsWith("CB(late)"));
}

TEST_F(SparedSourceTest, ThatIsFullWaitsForNoDrainAfterwards) {
  const auto source = endless();
  sink_of("w").automatic = false;
  auto destination = destination_silent("w", {.high_water_mark = 1});
  pipeline(kSpare, source, destination, cb("CB"));
  ticks.drain();
  EXPECT_TRUE(destination->writable_need_drain());
  destination->destroy(Error("broken"));
  sink_of("w").drop_pending();
  ticks.drain();
  int chunks = 0;
  source->on<Data>([&] {
    if (++chunks == 3) source->destroy();
  });
  source->resume();
  ticks.drain();
  EXPECT_GE(chunks, 3);
}

}  // namespace
}  // namespace weir
