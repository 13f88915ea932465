#include "support/stream_test.h"
#include <weir/stream/writable.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

class StreamLifetimeTest : public test::StreamTest {};

// --- Dropped while it is open ---

TEST_F(StreamLifetimeTest, DroppedUnusedItCloses) {
  make();
  EXPECT_EQ(after_ticks(), "close");
  EXPECT_EQ(sink.devices(), 0u);
}

TEST_F(StreamLifetimeTest, DroppedWithAWriteUnderWayItFinishesThatFirst) {
  make()->write("a", cb("cb"));
  EXPECT_EQ(after_ticks(), "_write(a)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "cb close");
}

TEST_F(StreamLifetimeTest, DroppedWithQueuedWritesItWritesThemAll) {
  {
    const auto stream = make();
    stream->write("a", cb("cbA"));
    stream->write("b", cb("cbB"));
  }
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(a) _write(b) cbA");
  sink.complete();
  EXPECT_EQ(after_ticks(), "cbB close");
}

TEST_F(StreamLifetimeTest, DroppedAfterEndItFinishes) {
  make()->end("a", cb("endcb"));
  EXPECT_EQ(after_ticks(), "_write(a)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "prefinish endcb finish close");
  EXPECT_EQ(sink.devices(), 0u);
}

TEST_F(StreamLifetimeTest, DroppedWhileItIsCorkedItReportsTheLostWrites) {
  Error seen;
  {
    const auto stream = make();
    stream->on<Error>([&](const Error& error) { seen = error; });
    stream->cork();
    stream->write("abc", cb("cbA"));
    stream->write("de", cb("cbB"));
  }
  EXPECT_EQ(after_ticks(),
            "cbA(ERR_STREAM_DESTROYED) cbB(ERR_STREAM_DESTROYED) error(ERR_STREAM_DESTROYED) "
            "close");
  EXPECT_EQ(seen.message(), "The stream was dropped with 5 bytes unwritten");
}

TEST_F(StreamLifetimeTest, AnUnheardLossIsThrownAsAnyError) {
  {
    const auto stream = make_silent();
    stream->cork();
    stream->write("a");
  }
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }).code(), Errc::stream_destroyed);
}

TEST_F(StreamLifetimeTest, DroppedWithoutAutoDestroyItEmitsNothing) {
  {
    const auto stream = make({.write = true}, {.auto_destroy = false});
    stream->cork();
    stream->write("a", cb("never"));
  }
  EXPECT_EQ(sink.devices(), 0u);
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(StreamLifetimeTest, LivesUntilItsResourceIsReleased) {
  sink.destroys = true;
  make();
  EXPECT_EQ(after_ticks(), "_destroy");
  EXPECT_EQ(sink.devices(), 1u);
  sink.complete();
  EXPECT_EQ(after_ticks(), "close");
  EXPECT_EQ(sink.devices(), 0u);
}

// --- Dropped from inside ---

TEST_F(StreamLifetimeTest, AListenerMayDropTheLastRef) {
  const struct {
    const char* event;
    void (*listen)(Writable&, std::function<void()>);
  } cases[] = {
      {"drain", [](Writable& s, std::function<void()> f) { s.on<Drain>(std::move(f)); }},
      {"prefinish", [](Writable& s, std::function<void()> f) { s.on<Prefinish>(std::move(f)); }},
      {"finish", [](Writable& s, std::function<void()> f) { s.on<Finish>(std::move(f)); }},
      {"close", [](Writable& s, std::function<void()> f) { s.on<Close>(std::move(f)); }},
  };
  for (const auto& [event, listen] : cases) {
    auto stream = make_silent({.write = true}, {.high_water_mark = 1});
    listen(*stream, [&stream] { stream = nullptr; });
    stream->write("a");
    if (std::string_view(event) != "drain") stream->end();
    sink.complete();
    ticks.drain();
    EXPECT_FALSE(stream) << event;
    EXPECT_EQ(sink.devices(), 0u) << event;
  }
}

TEST_F(StreamLifetimeTest, AnErrorListenerMayDropTheLastRef) {
  auto stream = make();
  stream->on<Error>([&] { stream = nullptr; });
  stream->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "error(boom) close");
  EXPECT_EQ(sink.devices(), 0u);
}

TEST_F(StreamLifetimeTest, ACallbackMayDropTheLastRef) {
  auto stream = make();
  stream->write("a", [&] { stream = nullptr; });
  stream->write("b", cb("cbB"));
  sink.complete();
  EXPECT_FALSE(stream);
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(a) _write(b) cbB close");
}

TEST_F(StreamLifetimeTest, TheSinkMayDropTheLastRef) {
  auto stream = make();
  sink.inside = [&] { stream = nullptr; };
  Writable& raw = *stream;
  raw.write("a");
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(a) close");
}

// --- A listener that owns its stream ---

TEST_F(StreamLifetimeTest, AListenerThatOwnsItsStreamIsFreedAfterClose) {
  const auto owned_by_all = [&] {
    auto stream = make_silent();
    stream->on<Drain>([stream] {});
    stream->on<Prefinish>([stream] {});
    stream->on<Finish>([stream] {});
    stream->on<Error>([stream] {});
    stream->once<Close>([stream] {});
    return stream;
  };
  owned_by_all()->end();
  owned_by_all()->destroy();
  owned_by_all()->destroy(Error("boom"));
  EXPECT_EQ(sink.devices(), 3u);
  ticks.drain();
  EXPECT_EQ(sink.devices(), 0u);
}

TEST_F(StreamLifetimeTest, AListenerThatOwnsItsStreamIsFreedWithoutEmitCloseToo) {
  {
    auto stream = make_silent({.write = true}, {.emit_close = false});
    stream->on<Finish>([stream] {});
    stream->end();
  }
  ticks.drain();
  EXPECT_EQ(sink.devices(), 0u);
}

TEST_F(StreamLifetimeTest, ACallbackThatOwnsItsStreamIsFreedOnceItWasCalled) {
  {
    auto stream = make_silent();
    stream->write("a", [stream] {});
    stream->end([stream] {});
  }
  sink.complete();
  ticks.drain();
  EXPECT_EQ(sink.devices(), 0u);
}

TEST_F(StreamLifetimeTest, FinishIsNotForgottenWhereCloseCameFirst) {
  const auto stream = make({.write = true, .final = true});
  stream->end(cb("endcb"));
  Done done = sink.take();
  done();
  stream->destroy();
  EXPECT_EQ(after_ticks(), "_final prefinish endcb finish close");
}

// --- The queue that is closed under it ---

TEST_F(StreamLifetimeTest, OnAClosedQueueNothingIsEmittedAndAllIsFreed) {
  {
    const auto stream = make();
    stream->write("a", cb("cbA"));
    stream->write("b", cb("cbB"));
    stream->end(cb("endcb"));
    ticks.close();
    stream->destroy(Error("boom"));
    EXPECT_TRUE(stream->closed());
    EXPECT_EQ(now(), "_write(a)");
  }
  sink.drop_pending();
  EXPECT_EQ(after_ticks(), "");
  EXPECT_EQ(sink.devices(), 0u);
}

TEST_F(StreamLifetimeTest, TicksThatAreDroppedTakeTheirStreamAlong) {
  make()->end(cb("endcb"));
  EXPECT_EQ(sink.devices(), 1u);
  ticks.close();
  EXPECT_EQ(sink.devices(), 0u);
  EXPECT_EQ(now(), "prefinish");
}

TEST_F(StreamLifetimeTest, MadeOnAClosedQueueItStillWrites) {
  ticks.close();
  sink.automatic = true;
  {
    const auto stream = make();
    EXPECT_TRUE(stream->write("a", cb("never")));
    stream->end();
  }
  EXPECT_EQ(after_ticks(), "_write(a) prefinish");
  EXPECT_EQ(sink.devices(), 0u);
}

}  // namespace
}  // namespace weir
