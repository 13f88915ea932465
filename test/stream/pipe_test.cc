#include "stream/pipe_test.h"

#include <weir/stream/pass_through.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace weir {
namespace {

using test::PipeTest;

// --- Order ---

TEST_F(PipeTest, MovesEveryChunkAndEndsTheDestination) {
  const auto r = r_of({"a", "b"});
  log.listen_to_data(*r, "r.");
  const auto w = destination("w");
  EXPECT_EQ(r->pipe(w).get(), w.get());
  EXPECT_EQ(now(), "w.pipe");
  EXPECT_EQ(after_ticks(),
            "r.resume r.data(a) w._write(a) r.data(b) w._write(b) r.end w.prefinish w.finish "
            "w.unpipe r.close w.close");
}

TEST_F(PipeTest, TakesTheDestinationByReferenceToo) {
  const auto source = PassThrough::make(ticks);
  const auto destination = PassThrough::make(ticks);
  const Ref<Writable> returned = source->pipe(*destination);
  EXPECT_EQ(returned.get(), destination.get());
  std::string received;
  destination->on(weir::data, [&](const Data& data) { received += data.chunk.text(); });
  destination->once(weir::finish, [&] { received += " finished"; });
  source->end("all");
  ticks.drain();
  EXPECT_EQ(received, "all finished");
}

TEST_F(PipeTest, MovesLaterChunksToo) {
  const auto r = r_silent();
  r->pipe(destination("w"));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume");
  r->push("a");
  EXPECT_EQ(now(), "w._write(a)");
  r->push("b");
  r->push(nullptr);
  EXPECT_EQ(after_ticks(), "w._write(b) r.end w.prefinish w.finish w.unpipe r.close w.close");
}

TEST_F(PipeTest, WithoutEndOnlyUnpipesTheDestination) {
  const auto r = r_of({"a"});
  const auto w = destination("w");
  r->pipe(w, {.end = false});
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.end r.pause w.unpipe r.close");
  EXPECT_TRUE(w->writable());
}

TEST_F(PipeTest, OfAStreamThatHasEndedEndsTheDestinationOnATick) {
  const auto r = r_of({});
  r->resume();
  EXPECT_EQ(after_ticks(), "r.resume r.end r.close");
  r->pipe(destination("w"));
  EXPECT_EQ(now(), "w.pipe");
  EXPECT_EQ(after_ticks(), "w.prefinish w.finish w.unpipe w.close");
}

TEST_F(PipeTest, NamesTheSourceInItsEvents) {
  const auto r = r_of({"a"});
  const auto w = destination("w");
  w->on<Pipe>([&](const Pipe& pipe) { EXPECT_EQ(&pipe.source, r.get()); });
  w->on<Unpipe>([&](const Unpipe& unpipe) { EXPECT_EQ(&unpipe.source, r.get()); });
  r->pipe(w);
  EXPECT_EQ(after_ticks(),
            "w.pipe r.resume w._write(a) r.end w.prefinish w.finish w.unpipe r.close "
            "w.close");
}

TEST_F(PipeTest, InAChainEachEndsTheNext) {
  const auto r = r_of({"a"});
  const auto p = PassThrough::make(ticks);
  log.listen(*p, "p.");
  const auto w = destination("w");
  EXPECT_EQ(r->pipe(p)->pipe(w).get(), w.get());
  EXPECT_EQ(after_ticks(),
            "p.pipe w.pipe r.resume w._write(a) p.resume r.end p.prefinish p.end w.prefinish "
            "p.finish p.unpipe r.close w.finish w.unpipe p.close w.close");
}

TEST_F(PipeTest, MovesText) {
  const auto r = readable({.encoding = Encoding::utf8}, "r.");
  sink_of("w");
  const auto text = destination("w", {.decode_strings = false});
  r->pipe(text);
  r->pipe(destination("v"));
  r->push(Buffer::copy("\xC3"));
  r->push(Buffer::copy("\xA9"));
  r->push(nullptr);
  ticks.drain();
  EXPECT_THAT(now(), testing::HasSubstr("w._write(utf8:é) v._write(é)"));
}

TEST_F(PipeTest, SharesTheMemoryOfTheChunks) {
  const auto r = r_silent();
  sink_of("w").keep_chunks();
  const Buffer pushed = Buffer::copy("abc");
  r->push(pushed);
  r->pipe(destination("w"));
  ticks.drain();
  EXPECT_EQ(sink_of("w").chunks().at(0).data(), pushed.data());
}

// --- Backpressure ---

TEST_F(PipeTest, PausesTheSourceUntilTheDestinationDrains) {
  const auto r = r_of({"a", "b"});
  r->pipe(slow("w", {.high_water_mark = 1}));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.pause");
  EXPECT_EQ(r->readable_flowing(), false);
  sink_of("w").complete();
  EXPECT_EQ(after_ticks(), "w.drain r.resume w._write(b) r.pause r.end r.close");
  sink_of("w").complete();
  EXPECT_EQ(after_ticks(), "w.prefinish w.finish w.unpipe w.close");
}

TEST_F(PipeTest, PausesTheSourceAtOnceWhereTheDestinationIsFull) {
  const auto w = slow("w", {.high_water_mark = 1});
  w->write("0");
  const auto r = r_of({"a"});
  r->pipe(w);
  EXPECT_EQ(now(), "w._write(0) w.pipe r.pause");
  EXPECT_EQ(r->readable_flowing(), false);
  EXPECT_EQ(after_ticks(), "r.resume");
  sink_of("w").complete();
  EXPECT_EQ(after_ticks(), "w.drain r.resume w._write(a) r.pause r.end r.close");
  sink_of("w").complete();
  EXPECT_EQ(after_ticks(), "w.prefinish w.finish w.unpipe w.close");
}

TEST_F(PipeTest, ListensToDrainOnlyOnceTheDestinationWasFull) {
  const auto r = r_silent();
  const auto w = destination_silent("w", {.high_water_mark = 2});
  sink_of("w").automatic = false;
  r->pipe(w);
  ticks.drain();
  r->push("a");
  EXPECT_EQ(w->listener_count<Drain>(), 0u);
  r->push("b");
  EXPECT_EQ(w->listener_count<Drain>(), 1u);
}

TEST_F(PipeTest, ContinuesIfTheUserResumesTheSourceBeforeDrain) {
  const auto r = r_of({"a", "b", "c"});
  r->pipe(slow("w", {.high_water_mark = 1}));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.pause");
  r->resume();
  EXPECT_EQ(after_ticks(), "r.resume r.pause") << "and b is queued";
  sink_of("w").complete();
  EXPECT_EQ(after_ticks(), "w._write(b)");
  sink_of("w").automatic = true;
  sink_of("w").complete();
  EXPECT_THAT(after_ticks(), testing::EndsWith("r.close w.close"));
}

// --- Several destinations ---

TEST_F(PipeTest, GivesEveryDestinationEveryChunkAtThePaceOfTheSlowest) {
  const auto r = r_of({"a", "b"});
  r->pipe(destination("f"));
  r->pipe(slow("s", {.high_water_mark = 1}));
  EXPECT_EQ(after_ticks(), "f.pipe s.pipe r.resume f._write(a) s._write(a) r.pause");
  sink_of("s").complete();
  EXPECT_EQ(after_ticks(),
            "s.drain r.resume f._write(b) s._write(b) r.pause r.end f.prefinish f.finish "
            "f.unpipe r.close f.close");
  sink_of("s").complete();
  EXPECT_EQ(after_ticks(), "s.prefinish s.finish s.unpipe s.close");
}

TEST_F(PipeTest, WaitsForTheDrainOfEachDestinationThatIsFull) {
  const auto r = r_of({"a", "b"});
  r->pipe(slow("x", {.high_water_mark = 1}));
  r->pipe(slow("y", {.high_water_mark = 1}));
  EXPECT_EQ(after_ticks(), "x.pipe y.pipe r.resume x._write(a) r.pause y._write(a)");
  sink_of("x").complete();
  EXPECT_EQ(after_ticks(), "x.drain");
  sink_of("y").complete();
  EXPECT_EQ(after_ticks(), "y.drain r.resume x._write(b) r.pause y._write(b) r.end r.close");
}

TEST_F(PipeTest, ToTheSameDestinationTwiceWritesEachChunkTwice) {
  const auto r = r_of({"a"});
  const auto w = destination("w");
  r->pipe(w);
  r->pipe(w);
  EXPECT_EQ(after_ticks(),
            "w.pipe w.pipe r.resume w._write(a) w._write(a) r.end w.prefinish w.finish w.unpipe "
            "w.unpipe r.close w.close");
}

TEST_F(PipeTest, UnpipeTakesOneOfTwoPipesToTheSameDestination) {
  const auto r = r_silent();
  const auto w = destination("w");
  r->pipe(w);
  r->pipe(w);
  EXPECT_EQ(after_ticks(), "w.pipe w.pipe r.resume");
  r->unpipe(*w);
  EXPECT_EQ(now(), "w.unpipe");
  r->push("a");
  EXPECT_EQ(now(), "w._write(a)");
  r->unpipe(*w);
  EXPECT_EQ(now(), "r.pause w.unpipe");
}

// --- unpipe ---

TEST_F(PipeTest, UnpipePausesTheSourceAndKeepsItsData) {
  const auto r = r_silent();
  const auto w = destination("w");
  r->pipe(w);
  ticks.drain();
  now();
  r->once<Data>([&] { r->unpipe(*w); });
  r->push("a");
  EXPECT_EQ(now(), "w._write(a) r.pause w.unpipe");
  r->push("b");
  EXPECT_EQ(after_ticks(), "");
  EXPECT_EQ(r->readable_length(), 1u);
  EXPECT_EQ(r->readable_flowing(), false);
}

TEST_F(PipeTest, UnpipeOfOneDestinationLeavesTheOthers) {
  const auto r = r_silent();
  const auto a = destination("a");
  const auto b = destination("b");
  r->pipe(a);
  r->pipe(b);
  ticks.drain();
  now();
  r->unpipe(*a);
  EXPECT_EQ(now(), "a.unpipe");
  r->push("x");
  EXPECT_EQ(now(), "b._write(x)");
}

TEST_F(PipeTest, UnpipeOfAllPausesFirst) {
  const auto r = r_silent();
  r->pipe(destination("a"));
  r->pipe(destination("b"));
  EXPECT_EQ(now(), "a.pipe b.pipe");
  r->unpipe();
  EXPECT_EQ(now(), "r.pause a.unpipe b.unpipe");
  EXPECT_EQ(after_ticks(), "r.resume a.close b.close") << "nobody else has the destinations";
}

TEST_F(PipeTest, UnpipeOfAnotherStreamDoesNothing) {
  const auto r = r_silent();
  const auto w = destination("w");
  const auto stranger = destination("stranger");
  r->unpipe();
  r->pipe(w);
  now();
  r->unpipe(*stranger);
  EXPECT_EQ(now(), "");
  EXPECT_EQ(r->readable_flowing(), true);
}

TEST_F(PipeTest, CanPipeAgainAfterUnpipe) {
  const auto r = r_of({"a", "b"});
  const auto w = destination("w");
  r->pipe(w);
  r->unpipe(*w);
  EXPECT_EQ(after_ticks(), "w.pipe r.pause w.unpipe r.resume");
  r->pipe(w);
  EXPECT_EQ(after_ticks(),
            "w.pipe r.resume w._write(a) w._write(b) r.end w.prefinish w.finish w.unpipe "
            "r.close w.close");
}

TEST_F(PipeTest, UnpipedInsideItsWriteTheSourceIsNotLeftWaiting) {
  const auto r = r_of({"a", "b"});
  const auto w = slow("w", {.high_water_mark = 1});
  const auto v = destination("v");
  r->pipe(w);
  sink_of("w").inside = [&] { r->unpipe(*w); };
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.pause w.unpipe");
  r->pipe(v);
  EXPECT_EQ(after_ticks(),
            "v.pipe r.resume v._write(b) r.end v.prefinish v.finish v.unpipe r.close "
            "v.close");
}

TEST_F(PipeTest, UnpipedWhileItIsFullItLetsTheSourceGoOn) {
  const auto r = r_of({"a", "b"});
  const auto full = slow("full", {.high_water_mark = 1});
  r->pipe(full);
  r->pipe(destination("w"));
  EXPECT_EQ(after_ticks(), "full.pipe w.pipe r.resume full._write(a) r.pause w._write(a)");
  r->unpipe(*full);
  EXPECT_EQ(after_ticks(),
            "full.unpipe r.resume w._write(b) r.end w.prefinish w.finish w.unpipe r.close "
            "w.close");
}

// --- Remaining listeners ---

template <class Stream>
std::string listeners_of(Stream& stream) {
  return fmt::format("{}", fmt::join(stream.event_names(), " "));
}

TEST_F(PipeTest, LeavesNoListenerAfterTheEnd) {
  const auto r = Readable::from(ticks, Buffer::copy("abc"));
  const auto w = destination_silent("w", {.high_water_mark = 1});
  sink_of("w").automatic = false;
  r->pipe(w);
  EXPECT_EQ(listeners_of(*r), "end data");
  EXPECT_EQ(listeners_of(*w), "unpipe error close finish");
  ticks.drain();
  EXPECT_EQ(listeners_of(*w), "unpipe error close finish drain");
  sink_of("w").complete();
  ticks.drain();
  EXPECT_TRUE(w->closed());
  EXPECT_EQ(listeners_of(*r), "");
  EXPECT_EQ(listeners_of(*w), "");
}

TEST_F(PipeTest, LeavesNoListenerAfterUnpipe) {
  const auto r = readable_silent();
  const auto w = destination_silent("w", {.high_water_mark = 1});
  sink_of("w").automatic = false;
  r->push("a");
  r->pipe(w);
  ticks.drain();
  r->unpipe(*w);
  EXPECT_EQ(listeners_of(*r), "");
  EXPECT_EQ(listeners_of(*w), "");
}

TEST_F(PipeTest, LeavesNoListenerAfterAnErrorOfTheDestination) {
  const auto r = readable_silent();
  const auto w = destination_silent("w");
  w->on<Error>([] {});
  r->pipe(w);
  w->destroy(Error("we"));
  ticks.drain();
  EXPECT_EQ(listeners_of(*r), "");
  EXPECT_EQ(listeners_of(*w), "error");
}

TEST_F(PipeTest, LeavesNoListenerAfterADestinationThatClosedEarly) {
  const auto r = readable_silent();
  const auto w = destination_silent("w");
  r->pipe(w);
  w->destroy();
  ticks.drain();
  EXPECT_EQ(listeners_of(*r), "");
  EXPECT_EQ(listeners_of(*w), "");
}

}  // namespace
}  // namespace weir
