// The owners of a readable: it is destroyed with the last one.
#include "support/read_test.h"
#include <weir/stream/readable.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

class ReadLifetimeTest : public test::ReadTest {};

TEST_F(ReadLifetimeTest, DroppedUnusedItCloses) {
  readable();
  EXPECT_EQ(after_ticks(), "close");
  EXPECT_EQ(sources(), 0u);
}

TEST_F(ReadLifetimeTest, DroppedWithBufferedDataItClosesWithoutAnError) {
  readable()->push("abc");
  EXPECT_EQ(after_ticks(), "_read close");
  EXPECT_EQ(sources(), 0u);
}

TEST_F(ReadLifetimeTest, DroppedWhileItFlowsFromASourceThatAnswersAtOnceItGivesAll) {
  log.listen_to_data(*readable_of({"a", "b"}));
  EXPECT_EQ(after_ticks(), "_read resume _read data(a) _read data(b) end close");
  EXPECT_EQ(sources(), 0u);
}

TEST_F(ReadLifetimeTest, DroppedWhileItsSourceIsSilentItCloses) {
  log.listen_to_data(*readable());
  EXPECT_EQ(after_ticks(), "_read resume close");
  EXPECT_EQ(sources(), 0u);
}

TEST_F(ReadLifetimeTest, ALaterPushKeepsItAlive) {
  Ref<Readable> pusher;
  {
    const auto stream = Readable::make(
        ticks, {.read = [&](Readable& s, std::size_t) { pusher = Ref<Readable>(&s); }});
    log.listen(*stream);
    log.listen_to_data(*stream);
  }
  EXPECT_EQ(after_ticks(), "resume");
  pusher->push("a");
  pusher->push(nullptr);
  pusher = nullptr;
  EXPECT_EQ(after_ticks(), "data(a) end close");
}

TEST_F(ReadLifetimeTest, DroppedWithoutAutoDestroyItEmitsNothing) {
  readable({.auto_destroy = false})->push("a");
  EXPECT_EQ(after_ticks(), "_read");
  EXPECT_EQ(sources(), 0u);
}

// --- Dropped from inside ---

TEST_F(ReadLifetimeTest, AListenerMayDropTheLastRef) {
  using Listen = void (*)(Readable&, std::function<void()>);
  const std::pair<std::string, Listen> cases[] = {
      {"data", [](Readable& s, std::function<void()> f) { s.on<Data>(std::move(f)); }},
      {"readable", [](Readable& s, std::function<void()> f) { s.on<ReadableEvent>(std::move(f)); }},
      {"end", [](Readable& s, std::function<void()> f) { s.on<End>(std::move(f)); }},
      {"resume", [](Readable& s, std::function<void()> f) { s.on<Resume>(std::move(f)); }},
      {"pause", [](Readable& s, std::function<void()> f) { s.on<Pause>(std::move(f)); }},
      {"close", [](Readable& s, std::function<void()> f) { s.on<Close>(std::move(f)); }},
  };
  logs_reads = false;
  for (const auto& [event, listen] : cases) {
    auto stream = readable_of({"a", "b"});
    listen(*stream, [&stream] { stream = nullptr; });
    if (event != "readable") stream->resume();
    if (event == "pause") stream->pause();
    ticks.drain();
    EXPECT_FALSE(stream) << event;
    EXPECT_EQ(sources(), 0u) << event;
  }
}

TEST_F(ReadLifetimeTest, AnErrorListenerMayDropTheLastRef) {
  auto stream = readable();
  stream->on<Error>([&] { stream = nullptr; });
  stream->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "error(boom) close");
  EXPECT_EQ(sources(), 0u);
}

TEST_F(ReadLifetimeTest, AListenerMayDropTheLastRefInsideAPush) {
  auto stream = readable();
  stream->on<Data>([&] { stream = nullptr; });
  EXPECT_EQ(after_ticks(), "_read resume");
  Readable& raw = *stream;
  EXPECT_FALSE(raw.push("a") && stream);
  EXPECT_EQ(after_ticks(), "_read close");
  EXPECT_EQ(sources(), 0u);
}

TEST_F(ReadLifetimeTest, AListenerMayDropTheLastRefInsideARead) {
  auto stream = readable();
  stream->push("abc");
  stream->pause();
  stream->on<Data>([&] { stream = nullptr; });
  EXPECT_EQ(stream->read(2)->text(), "ab");
  EXPECT_FALSE(stream);
  ticks.drain();
  EXPECT_EQ(sources(), 0u);
}

TEST_F(ReadLifetimeTest, AListenerMayDropTheLastRefWhereItIsPausedOrEnded) {
  auto stream = readable();
  stream->on<Pause>([&] { stream = nullptr; });
  Readable& raw = *stream;
  raw.pause();
  EXPECT_FALSE(stream);

  auto ended = readable_silent();
  ended->on<ReadableEvent>([&] { ended = nullptr; });
  ticks.drain();
  Readable& raw_ended = *ended;
  raw_ended.push(nullptr);
  EXPECT_FALSE(ended);
  ticks.drain();
  EXPECT_EQ(sources(), 0u);
}

TEST_F(ReadLifetimeTest, TheSourceMayDropTheLastRef) {
  Ref<Readable> stream;
  const auto witness = std::make_shared<int>();
  stream = Readable::make(ticks, {.read = [&, witness](Readable& s, std::size_t) {
                            stream = nullptr;
                            s.push("a");
                          }});
  log.listen(*stream);
  Readable& raw = *stream;
  EXPECT_EQ(raw.read()->text(), "a");
  EXPECT_FALSE(stream);
  EXPECT_EQ(after_ticks(), "close");
  EXPECT_EQ(witness.use_count(), 1);
}

// --- A listener that owns its stream ---

TEST_F(ReadLifetimeTest, AListenerThatOwnsItsStreamIsFreedAfterClose) {
  const auto owned_by_all = [&] {
    auto stream = readable_of({"a"});
    stream->on<Data>([stream] {});
    stream->on<End>([stream] {});
    stream->on<Error>([stream] {});
    stream->once<Close>([stream] {});
    return stream;
  };
  owned_by_all();
  owned_by_all()->destroy();
  owned_by_all()->destroy(Error("boom"));
  EXPECT_EQ(sources(), 3u);
  ticks.drain();
  EXPECT_EQ(sources(), 0u);
}

TEST_F(ReadLifetimeTest, AListenerForReadableThatOwnsItsStreamIsFreedAfterClose) {
  {
    auto stream = readable_of({"a"});
    stream->on<ReadableEvent>([stream] {
      while (stream->read()) {
      }
    });
  }
  ticks.drain();
  EXPECT_EQ(sources(), 0u);
}

// --- The queue that is closed under it ---

TEST_F(ReadLifetimeTest, OnAClosedQueueNothingFlowsAndAllIsFreed) {
  {
    const auto stream = readable_of({"a"});
    log.listen_to_data(*stream);
    stream->push("b");
    ticks.close();
    stream->resume();
    stream->destroy(Error("boom"));
    EXPECT_TRUE(stream->closed());
  }
  EXPECT_EQ(after_ticks(), "");
  EXPECT_EQ(sources(), 0u);
}

TEST_F(ReadLifetimeTest, TicksThatAreDroppedTakeTheirStreamAlong) {
  log.listen_to_data(*readable_of({"a"}));
  EXPECT_EQ(sources(), 1u);
  ticks.close();
  EXPECT_EQ(sources(), 0u);
  EXPECT_EQ(now(), "");
}

}  // namespace
}  // namespace weir
