#include "stream/pipe_test.h"
#include <weir/stream/pass_through.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <stdexcept>

#include <gmock/gmock.h>

namespace weir {
namespace {

using test::PipeTest;

// How a destination comes to its end while its source waits for it: all have the others go on.
struct Failure {
  const char* name;
  void (*fail)(Writable& destination, test::ManualSink<Chunk>& sink);
};
class PipeFailureTest : public PipeTest, public testing::WithParamInterface<Failure> {
 protected:
  void SetUp() override { logs_reads = false; }
};

TEST_P(PipeFailureTest, AFailedDestinationDoesNotStarveTheOthers) {
  const auto r = r_of({"a", "b", "c"});
  const auto broken = slow("broken", {.high_water_mark = 1});
  r->pipe(broken);
  r->pipe(destination("w"));
  sink_of("broken").inside = [&] { GetParam().fail(*broken, sink_of("broken")); };
  std::string all = after_ticks();
  if (!broken->destroyed()) sink_of("broken").complete_with(Error("late"));
  all += " " + after_ticks();
  for (const char* const step : {"w._write(a)", "w._write(b)", "w._write(c)", "w.finish"})
    EXPECT_THAT(all, testing::HasSubstr(step));
}

INSTANTIATE_TEST_SUITE_P(
    Each, PipeFailureTest,
    testing::Values(Failure{"AtOnce",
                            [](Writable&, auto& sink) {
                              sink.automatic = true;
                              sink.fails = Error("at once");
                            }},
                    Failure{"Later", [](Writable&, auto&) {}},
                    Failure{"Destroyed", [](Writable& w, auto&) { w.destroy(); }},
                    Failure{"DestroyedWithAnError",
                            [](Writable& w, auto&) { w.destroy(Error("x")); }},
                    Failure{"Throws", [](Writable&, auto&) { throw Error("thrown"); }}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(PipeTest, ASinkThatThrowsInItsWriteFailsItsStream) {
  const auto r = r_of({"a", "b"});
  sink_of("w").inside = [] { throw std::runtime_error("thrown"); };
  r->pipe(destination("w"));
  EXPECT_EQ(after_ticks(),
            "w.pipe r.resume w._write(a) r.pause w.unpipe w.error(thrown) w.close r.end r.close");
}

TEST_F(PipeTest, AnExceptionOfAListenerInsideItsWriteIsNotTheDestinations) {
  const auto r = r_of({"a", "b"});
  const auto through = PassThrough::make(ticks);
  through->on<Data>([](const Data& data) {
    if (data.chunk.text() == "a") throw std::logic_error("of a listener");
  });
  through->resume();
  ticks.drain();
  r->pipe(through);
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }).message(), "of a listener");
  ticks.drain();
  EXPECT_FALSE(through->errored());
}

TEST_F(PipeTest, AfterAListenersExceptionASinkThatThrowsStillFailsItsStream) {
  const auto r = r_of({"a"});
  r->once<Resume>([] { throw Error("of a listener"); });
  sink_of("w").inside = [] { throw Error("of a listener"); };
  const auto w = destination("w");
  r->pipe(w);
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }).message(), "of a listener");
  ticks.drain();
  EXPECT_EQ(w->errored().message(), "of a listener");
}

TEST_F(PipeTest, AnErrorOfTheDestinationUnpipesItAndLeavesTheSourcePaused) {
  const auto r = r_of({"a", "b", "c"});
  r->pipe(failing("w"));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.pause w.unpipe w.error(we) w.close");
  EXPECT_FALSE(r->destroyed());
  EXPECT_EQ(r->readable_flowing(), false);
}

TEST_F(PipeTest, UnpipesBeforeTheDestinationsErrorIsEmitted) {
  const auto r = r_silent();
  const auto w = destination_silent("w");
  w->on<Unpipe>([&] { log.add("unpipe"); });
  w->on<Error>([&] { log.add("error"); });
  r->pipe(w);
  ticks.drain();
  now();
  w->destroy(Error("we"));
  EXPECT_EQ(after_ticks(), "r.pause unpipe error");
}

TEST_F(PipeTest, AnErrorOfTheDestinationWithoutAListenerIsThrown) {
  const auto r = r_of({"a"});
  sink_of("w").fails = Error("we");
  const auto w = destination_silent("w");
  w->on<Unpipe>([&] { log.add("unpipe"); });
  r->pipe(w);
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }).message(), "we");
  EXPECT_THAT(now(), testing::HasSubstr("unpipe"));
}

TEST_F(PipeTest, AnErrorOfTheDestinationWithoutAutoDestroyAndListenerIsThrown) {
  const auto r = r_of({"a"});
  sink_of("w").fails = Error("we");
  const auto w = destination_silent("w", {.auto_destroy = false});
  r->pipe(w);
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }).message(), "we");
}

TEST_F(PipeTest, AnErrorOfTheSourceLeavesTheDestinationOpen) {
  const auto r = r_silent();
  const auto w = destination("w");
  r->pipe(w);
  r->push("a");
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a)");
  r->destroy(Error("re"));
  EXPECT_EQ(after_ticks(), "r.error(re) r.close");
  EXPECT_TRUE(w->writable());
}

TEST_F(PipeTest, ADestinationThatClosesEarlyIsUnpiped) {
  const auto r = r_silent();
  const auto w = destination("w");
  r->pipe(w);
  w->destroy();
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w.close r.pause w.unpipe");
  r->push("kept");
  EXPECT_EQ(r->readable_length(), 4u);
  EXPECT_EQ(r->readable_flowing(), false);
}

TEST_F(PipeTest, ADestinationThatIsEndedEarlyIsUnpiped) {
  const auto r = r_silent();
  const auto w = destination("w");
  r->pipe(w);
  w->end();
  EXPECT_EQ(after_ticks(), "w.pipe w.prefinish r.resume w.finish r.pause w.unpipe w.close");
}
}  // namespace
}  // namespace weir
