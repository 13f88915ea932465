// The owners of a pipe's streams: the streams are destroyed with the last one.
#include "support/read_test.h"
#include <weir/stream/pass_through.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>

namespace weir {
namespace {

class PipeLifetimeTest : public test::ReadTest {
 protected:
  void SetUp() override { logs_reads = false; }

  std::size_t devices() { return sink_of("w").devices(); }
};

TEST_F(PipeLifetimeTest, BothMayBeDroppedRightAfterPipe) {
  readable_of({"a", "b"}, {}, "r.")->pipe(destination("w"));
  EXPECT_EQ(after_ticks(),
            "w.pipe r.resume w._write(a) w._write(b) r.end w.prefinish w.finish w.unpipe "
            "r.close w.close");
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, BothMayBeDroppedWhereTheDestinationIsSlow) {
  sink_of("w").automatic = false;
  readable_of({"a", "b"}, {}, "r.")->pipe(destination("w", {.high_water_mark = 1}));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.pause");
  EXPECT_EQ(sources(), 1u) << "the destination's Drain has it go on";
  sink_of("w").complete();
  EXPECT_EQ(after_ticks(), "w.drain r.resume w._write(b) r.pause r.end r.close");
  sink_of("w").complete();
  EXPECT_EQ(after_ticks(), "w.prefinish w.finish w.unpipe w.close");
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, AClosedStreamThatIsPipedIntoItselfMayBeDropped) {
  for (const bool has_ended : {false, true}) {
    auto stream = PassThrough::make(ticks);
    const auto held = std::make_shared<int>();
    if (has_ended) {
      stream->resume();
      stream->end();
    } else {
      stream->destroy();
    }
    ticks.drain();
    ASSERT_TRUE(stream->closed());
    stream->on<Close>([held] {});
    stream->pipe(stream);
    ticks.drain();
    EXPECT_EQ(held.use_count(), 2);
    stream = nullptr;
    ticks.drain();
    EXPECT_EQ(held.use_count(), 1);
  }
}

TEST_F(PipeLifetimeTest, ClosedStreamsThatArePipedIntoEachOtherMayBeDropped) {
  auto first = PassThrough::make(ticks);
  auto second = PassThrough::make(ticks);
  const auto held = std::make_shared<int>();
  for (const auto& stream : {first, second}) {
    stream->resume();
    stream->end();
  }
  ticks.drain();
  first->on<Close>([held] {});
  first->pipe(second);
  second->pipe(first);
  ticks.drain();
  first = nullptr;
  second = nullptr;
  ticks.drain();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(PipeLifetimeTest, AChainMayBeDroppedRightAfterPipe) {
  sink_of("w").automatic = false;
  readable_of({"a", "b", "c"}, {}, "r.")
      ->pipe(PassThrough::make(ticks, {.high_water_mark = 1}))
      ->pipe(PassThrough::make(ticks, {.high_water_mark = 1}))
      ->pipe(destination("w", {.high_water_mark = 1}));
  std::string all;
  for (int i = 0; i < 10; ++i) {
    all += after_ticks() + " ";
    if (sink_of("w").pending() > 0) sink_of("w").complete();
  }
  EXPECT_THAT(all, testing::HasSubstr("w._write(a)"));
  EXPECT_THAT(all, testing::HasSubstr("w._write(c)"));
  EXPECT_THAT(all, testing::HasSubstr("w.close"));
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, ADroppedIdleSourceClosesAndLeavesTheDestination) {
  const auto w = destination("w");
  readable({}, "r.")->pipe(w);
  EXPECT_EQ(after_ticks(), "w.pipe r.resume r.close w.unpipe");
  EXPECT_EQ(sources(), 0u);
  EXPECT_TRUE(w->writable()) << "as after an error of the source";
  w->end("b");
  EXPECT_EQ(after_ticks(), "w._write(b) w.prefinish w.finish w.close");
}

TEST_F(PipeLifetimeTest, ADroppedSourceDestroysADestinationWithoutAnotherRef) {
  readable({}, "r.")->pipe(destination("w"));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume r.close w.unpipe w.close");
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, TheSourceKeepsADestinationThatWasDropped) {
  const auto r = readable({}, "r.");
  r->pipe(destination("w"));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume");
  EXPECT_EQ(devices(), 1u);
  r->push("a");
  EXPECT_EQ(now(), "w._write(a)");
  r->unpipe();
  EXPECT_EQ(after_ticks(), "r.pause w.unpipe w.close");
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, ADestroyedDestinationIsReleased) {
  const auto r = readable({}, "r.");
  {
    const auto w = destination("w");
    r->pipe(w);
    w->destroy();
  }
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w.close r.pause w.unpipe");
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, ASourceThatWaitsForADestinationIsFreedWhereThatFails) {
  sink_of("w").automatic = false;
  readable_of({"a", "b"}, {}, "r.")->pipe(destination("w", {.high_water_mark = 1}));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.pause");
  sink_of("w").complete_with(Error("we"));
  EXPECT_EQ(after_ticks(), "w.unpipe w.error(we) w.close r.close");
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, ASourceThatWaitsForADestinationIsFreedWhereThatIsDestroyed) {
  sink_of("w").automatic = false;
  const auto w = destination("w", {.high_water_mark = 1});
  readable_of({"a", "b"}, {}, "r.")->pipe(w);
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.pause");
  w->destroy();
  EXPECT_EQ(after_ticks(), "w.close w.unpipe r.close");
  EXPECT_EQ(sources(), 0u);
}

TEST_F(PipeLifetimeTest, ASourceThatWaitsForADestinationIsFreedWhereThatClosesUnheard) {
  sink_of("w").automatic = false;
  {
    const auto w = destination("w", {.high_water_mark = 1, .emit_close = false});
    readable_of({"a", "b"}, {}, "r.")->pipe(w);
    EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.pause");
    w->destroy();
    ticks.drain();
  }
  sink_of("w").drop_pending();
  ticks.drain();
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, ASourceThatWaitsForADestinationMayBeDestroyed) {
  sink_of("w").automatic = false;
  {
    const auto r = readable_of({"a", "b"}, {}, "r.");
    r->pipe(destination("w", {.high_water_mark = 1}));
    EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.pause");
    r->destroy();
    EXPECT_EQ(after_ticks(), "r.close");
  }
  sink_of("w").complete();
  ticks.drain();
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, ASourceThatWaitsAgainIsFreed) {
  sink_of("w").automatic = false;
  {
    const auto r = readable_of({"a", "b", "c"}, {}, "r.");
    r->pipe(destination("w", {.high_water_mark = 1}));
    ticks.drain();
    r->resume();
    ticks.drain();
  }
  EXPECT_EQ(sources(), 1u);
  sink_of("w").complete_with(Error("we"));
  ticks.drain();
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, ASourceThatEndedWhileItWaitsIsFreed) {
  sink_of("w").automatic = false;
  readable_of({"a"}, {}, "r.")->pipe(destination("w", {.high_water_mark = 1}));
  ticks.drain();
  EXPECT_EQ(now(), "w.pipe r.resume w._write(a) r.pause");
  sink_of("w").complete();
  EXPECT_EQ(after_ticks(), "w.drain r.resume r.end w.prefinish w.finish w.unpipe r.close w.close");
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, ASourceThatIsOverIsKeptForItsUnpipe) {
  sink_of("w").automatic = false;
  readable_of({"a"}, {}, "r.")->pipe(destination("w"));
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.end r.close");
  sink_of("w").complete();
  EXPECT_EQ(after_ticks(), "w.prefinish w.finish w.unpipe w.close");
  EXPECT_EQ(sources(), 0u);
}

TEST_F(PipeLifetimeTest, AFullDestinationThatIsUnpipedKeepsNoSource) {
  sink_of("w").automatic = false;
  const auto w = destination("w", {.high_water_mark = 1});
  {
    const auto r = readable_of({"a", "b"}, {}, "r.");
    r->pipe(w);
    ticks.drain();
    r->unpipe(*w);
  }
  ticks.drain();
  EXPECT_EQ(sources(), 0u);
}

TEST_F(PipeLifetimeTest, AllAreFreedWhereEveryoneIsDroppedMidway) {
  sink_of("w").automatic = false;
  {
    auto r = readable_of({"a", "b"}, {}, "r.");
    auto p = PassThrough::make(ticks, {.high_water_mark = 1});
    auto w = destination("w", {.high_water_mark = 1});
    r->pipe(p)->pipe(w);
    ticks.drain();
  }
  EXPECT_EQ(sources(), 1u) << "it all waits for the write that is under way";
  sink_of("w").drop_pending();  // which fails it
  ticks.drain();
  EXPECT_EQ(devices(), 0u);
  EXPECT_EQ(sources(), 0u);
}

TEST_F(PipeLifetimeTest, AllAreFreedWithTheQueueUnderThem) {
  sink_of("w").automatic = false;
  readable_of({"a", "b"}, {}, "r.")->pipe(destination("w", {.high_water_mark = 1}));
  ticks.drain();
  ticks.close();
  sink_of("w").drop_pending();
  EXPECT_EQ(devices(), 0u);
  EXPECT_EQ(sources(), 0u);
}

// --- Dropped from inside ---

TEST_F(PipeLifetimeTest, ADestinationMayGoInsideTheWriteOfItsPipe) {
  const auto r = readable({}, "r.");
  {
    const auto w = destination("w", {.high_water_mark = 1});
    r->pipe(w);
  }
  sink_of("w").inside = [&] { r->unpipe(); };
  ticks.drain();
  now();
  r->push("a");
  EXPECT_EQ(after_ticks(), "w._write(a) r.pause w.unpipe w.close");
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, ADestinationMayGoBeforeThePipeWritesToIt) {
  for (const bool auto_destroy : {true, false}) {
    const auto r = readable({}, "r.");
    r->once<Data>([&] { r->unpipe(); });
    r->pipe(destination("w", {.high_water_mark = 1, .auto_destroy = auto_destroy}));
    ticks.drain();
    now();
    r->push("a");
    EXPECT_THAT(after_ticks(), testing::StartsWith("r.pause w.unpipe"));
    EXPECT_EQ(devices(), 0u);
  }
}

TEST_F(PipeLifetimeTest, TheSourceMayGoInsideTheWriteOfItsPipe) {
  auto r = readable({}, "r.");
  r->pipe(destination("w"));
  sink_of("w").inside = [&] { r = nullptr; };
  ticks.drain();
  now();
  Readable& raw = *r;
  raw.push("a");
  EXPECT_FALSE(r);
  EXPECT_EQ(after_ticks(), "w._write(a) r.close w.unpipe w.close");
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, TheSourceMayGoWhereItIsPausedForADrain) {
  auto r = readable_of({"a", "b"}, {}, "r.");
  sink_of("w").automatic = false;
  const auto w = destination("w", {.high_water_mark = 1});
  r->on<Pause>([&] { r = nullptr; });
  r->pipe(w);
  EXPECT_EQ(after_ticks(), "w.pipe r.resume w._write(a) r.pause");
  sink_of("w").automatic = true;
  sink_of("w").complete();
  EXPECT_THAT(after_ticks(), testing::EndsWith("r.close w.close"));
  EXPECT_EQ(sources(), 0u);
}

TEST_F(PipeLifetimeTest, ADestinationIsUnpipedWhereItsSourceIsFreed) {
  const auto w = destination("w");
  const std::size_t listeners = w->listener_count<Unpipe>() + w->listener_count<Close>();
  for (const bool auto_destroy : {true, false}) {
    for (const char* const way : {"dropped", "destroyed", "failed"}) {
      auto r = readable({.auto_destroy = auto_destroy}, "r.");
      const Readable* const source = r.get();
      w->once<Unpipe>([&](const Unpipe& event) { EXPECT_EQ(&event.source, source); });
      r->pipe(w);
      ticks.drain();
      if (way == std::string("destroyed")) r->destroy();
      if (way == std::string("failed")) r->destroy(Error("failed"));
      ticks.drain();
      EXPECT_THAT(now(), testing::Not(testing::HasSubstr("w.unpipe"))) << way;
      r = nullptr;
      EXPECT_THAT(after_ticks(), testing::EndsWith("w.unpipe")) << way;
      EXPECT_EQ(sources(), 0u);
    }
  }
  EXPECT_EQ(w->listener_count<Unpipe>() + w->listener_count<Close>(), listeners)
      << "the pipes have left none";
}

TEST_F(PipeLifetimeTest, AllDestinationsOfAFreedSourceAreUnpiped) {
  const auto a = destination("a");
  readable({}, "r.")->pipe(a);
  auto r = readable({}, "s.");
  r->pipe(a);
  r->pipe(destination("b"));
  ticks.drain();
  now();
  r = nullptr;
  EXPECT_EQ(after_ticks(), "s.close a.unpipe b.unpipe b.close");
  EXPECT_EQ(sources(), 0u);
}

TEST_F(PipeLifetimeTest, AListenerOfUnpipeMayDropBoth) {
  auto r = readable({}, "r.");
  auto w = destination("w");
  w->on<Unpipe>([&] {
    r = nullptr;
    w = nullptr;
  });
  r->pipe(w);
  ticks.drain();
  now();
  Readable& raw = *r;
  raw.unpipe(*w);
  EXPECT_EQ(after_ticks(), "r.pause w.unpipe r.close w.close");
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(devices(), 0u);
}

TEST_F(PipeLifetimeTest, AListenerOfPipeMayDropTheSource) {
  for (const bool auto_destroy : {true, false}) {
    auto r = readable_of({"a"}, {.auto_destroy = auto_destroy}, "r.");
    const auto w = destination("w");
    w->on<Pipe>([&] { r = nullptr; });
    Readable& raw = *r;
    raw.pipe(w);
    ticks.drain();
    EXPECT_TRUE(w->closed());
    EXPECT_EQ(sources(), 0u);
  }
}

TEST_F(PipeLifetimeTest, StreamsThatArePipedInARingGoWithTheQueue) {
  const auto owned = std::make_shared<int>();
  {
    const auto echo = PassThrough::make(ticks);
    echo->on<End>([owned] {});
    echo->pipe(echo);
    const auto first = PassThrough::make(ticks);
    first->on<End>([owned] {});
    first->pipe(PassThrough::make(ticks))->pipe(first);
    ticks.drain();
  }
  EXPECT_EQ(owned.use_count(), 3) << "as an echo server's sockets, which nobody else has";
  ticks.close();
  EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace weir
