// Flowing: Data, pause and resume, and the effect of a ReadableEvent listener.
#include "support/read_test.h"
#include <weir/stream/readable.h>

#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

class ReadFlowTest : public test::ReadTest {
 protected:
  // Reads all buffered data on each ReadableEvent, and logs it.
  ListenerId read_on_readable(Readable& stream) {
    return stream.on<ReadableEvent>([this, &stream] {
      log.add("readable");
      while (const auto chunk = stream.read()) log.add("got(" + test::shown(*chunk) + ")");
      log.add("null");
    });
  }
};

// --- Data ---

TEST_F(ReadFlowTest, GivesTheChunksOfASourceThatAnswersAtOnce) {
  const auto stream = readable_of({"a", "b"});
  log.listen_to_data(*stream);
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "_read resume _read data(a) _read data(b) end close");
}

TEST_F(ReadFlowTest, GivesTheChunksOfASourceThatAnswersLater) {
  const auto stream = readable();
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "_read resume");
  stream->push("a");
  EXPECT_EQ(now(), "data(a)");
  EXPECT_EQ(after_ticks(), "_read");
  stream->push("b");
  EXPECT_EQ(after_ticks(), "data(b) _read");
  stream->push(nullptr);
  EXPECT_EQ(after_ticks(), "end close");
}

TEST_F(ReadFlowTest, DeliversDataBufferedBeforeTheFirstListener) {
  const auto stream = readable();
  stream->push("a");
  stream->push("b");
  stream->push(nullptr);
  log.listen_to_data(*stream);
  EXPECT_EQ(stream->readable_flowing(), true);
  EXPECT_TRUE(stream->readable_flowing());
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "resume data(a) data(b) end close");
}

TEST_F(ReadFlowTest, ReadsOnePerChunkWithAMarkOfZero) {
  const auto stream = readable({.high_water_mark = 0});
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "_read resume");
  stream->push("a");
  EXPECT_EQ(after_ticks(), "data(a) _read");
  stream->push("b");
  EXPECT_EQ(after_ticks(), "data(b) _read");
  stream->push(nullptr);
  EXPECT_EQ(after_ticks(), "end close");
}

TEST_F(ReadFlowTest, FlowsOnWithoutAListener) {
  const auto stream = readable();
  const ListenerId id = stream->on<Data>([&] { log.add("data"); });
  EXPECT_EQ(after_ticks(), "_read resume");
  stream->off(id);
  EXPECT_EQ(stream->readable_flowing(), true);
  stream->push("lost");
  EXPECT_EQ(stream->readable_length(), 4u);
  EXPECT_EQ(after_ticks(), "_read");
  EXPECT_EQ(stream->readable_length(), 0u);
}

TEST_F(ReadFlowTest, MayMoveTheChunkToItsOnlyListener) {
  const auto stream = readable_silent();
  Buffer kept;
  stream->on<Data>([&](const Data& data) { kept = std::move(data.chunk); });
  stream->push("abc");
  ticks.drain();
  EXPECT_EQ(kept.text(), "abc");
}

TEST_F(ReadFlowTest, CallsEachOfSeveralListenersWithEachChunk) {
  const auto stream = readable_of({"a", "b"});
  logs_reads = false;
  log.listen_to_data(*stream, "1.");
  log.listen_to_data(*stream, "2.");
  EXPECT_EQ(after_ticks(), "resume 1.data(a) 2.data(a) 1.data(b) 2.data(b) end close");
}

// --- resume, pause ---

TEST_F(ReadFlowTest, ResumedWithoutAListenerDropsItsData) {
  const auto stream = readable_of({"a", "b"});
  stream->resume();
  EXPECT_EQ(after_ticks(), "_read resume _read _read end close");
  EXPECT_TRUE(stream->readable_did_read());
}

TEST_F(ReadFlowTest, EmitsPauseAtOnceAndResumeOnATick) {
  const auto stream = readable_silent();
  stream->on<Data>([] {});
  log.listen(*stream);
  stream->pause();
  EXPECT_EQ(now(), "pause");
  EXPECT_EQ(stream->readable_flowing(), false);
  EXPECT_FALSE(stream->readable_flowing()) << "as a condition, too";
  EXPECT_TRUE(stream->is_paused());
  stream->resume();
  EXPECT_EQ(now(), "");
  EXPECT_EQ(stream->readable_flowing(), true);
  EXPECT_FALSE(stream->is_paused());
  stream->pause();
  stream->pause();
  EXPECT_EQ(now(), "pause");
  EXPECT_EQ(after_ticks(), "_read resume");
}

TEST_F(ReadFlowTest, IsNotPausedBeforeTheFirstDemand) {
  const auto stream = readable();
  EXPECT_FALSE(stream->is_paused());
  EXPECT_EQ(stream->readable_flowing(), std::nullopt);
  EXPECT_FALSE(stream->readable_flowing());
}

TEST_F(ReadFlowTest, StopsBeforeTheNextChunkWhereAListenerPausesIt) {
  const auto stream = readable();
  int count = 0;
  stream->on<Data>([&](const Data& data) {
    log.add(test::shown(data.chunk));
    if (++count == 1) stream->pause();
  });
  stream->push("a");
  stream->push("b");
  stream->push("c");
  EXPECT_EQ(after_ticks(), "_read resume a pause");
  EXPECT_EQ(stream->readable_length(), 2u);
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume b c");
}

TEST_F(ReadFlowTest, DoesNotFlowForAListenerOfDataWhereItWasPaused) {
  const auto stream = readable();
  stream->pause();
  log.listen_to_data(*stream);
  stream->push("a");
  EXPECT_EQ(stream->readable_flowing(), false);
  EXPECT_EQ(after_ticks(), "pause _read");
  stream->resume();
  EXPECT_EQ(after_ticks(), "resume data(a)");
}

TEST_F(ReadFlowTest, BuffersUpToItsMarkWhileItIsPaused) {
  const auto stream = readable_of({"ab", "cd", "ef", "gh"}, {.high_water_mark = 3});
  log.listen_to_data(*stream);
  stream->pause();
  stream->read(0);
  EXPECT_EQ(after_ticks(), "pause _read _read resume");
  EXPECT_EQ(stream->readable_length(), 4u);
}

TEST_F(ReadFlowTest, EmitsPushesAndUnshiftsOfAListenerOfData) {
  const auto stream = readable_of({"a", "b", "c"});
  logs_reads = false;
  log.listen_to_data(*stream);
  stream->once<Data>([&] { stream->push("pushed"); });
  EXPECT_EQ(after_ticks(), "resume data(a) data(b) data(pushed) data(c) end close");

  const auto other = readable_of({"a", "b", "c"});
  log.listen_to_data(*other);
  other->once<Data>([&] { other->unshift("unshifted"); });
  EXPECT_EQ(after_ticks(), "resume data(a) data(unshifted) data(b) data(c) end close");
}

TEST_F(ReadFlowTest, ContinuesAfterTheReadOfAListenerOfData) {
  const auto stream = readable_of({"a", "b", "c"});
  logs_reads = false;
  log.listen_to_data(*stream);
  stream->once<Data>([&] { EXPECT_EQ(stream->read()->text(), "b"); });
  EXPECT_EQ(after_ticks(), "resume data(a) data(b) data(c) end close");
}

// --- ReadableEvent ---

TEST_F(ReadFlowTest, NotifiesALateReaderOfAnEarlierEnd) {
  const auto stream = readable();
  stream->push(nullptr);
  EXPECT_EQ(after_ticks(), "");
  stream->on<ReadableEvent>([&] {
    log.add("readable");
    EXPECT_FALSE(stream->read());
  });
  EXPECT_EQ(after_ticks(), "readable end close");
}

TEST_F(ReadFlowTest, NotifiesTheReaderOfASourceThatPushesAtOnce) {
  const auto stream = readable_of({"a", "b"});
  read_on_readable(*stream);
  EXPECT_EQ(after_ticks(),
            "_read readable _read got(a) _read got(b) null readable null readable null end close");
}

TEST_F(ReadFlowTest, NotifiesTheReaderOfASourceThatPushesLater) {
  const auto stream = readable();
  read_on_readable(*stream);
  EXPECT_EQ(after_ticks(), "_read");
  stream->push("a");
  EXPECT_EQ(after_ticks(), "readable _read got(a) null");
  stream->push("b");
  EXPECT_EQ(after_ticks(), "readable _read got(b) null");
  stream->push(nullptr);
  EXPECT_EQ(now(), "readable null");
  EXPECT_EQ(after_ticks(), "end close");
}

TEST_F(ReadFlowTest, EmitsReadableOnceForSeveralPushesOfOneTurn) {
  const auto stream = readable();
  logs_reads = false;
  stream->on<ReadableEvent>(
      [&] { log.add("readable " + std::to_string(stream->readable_length())); });
  ticks.drain();
  stream->push("a");
  stream->push("b");
  stream->push("c");
  EXPECT_EQ(after_ticks(), "readable 3");
}

TEST_F(ReadFlowTest, AnnouncesItsEndBeforeAnyRead) {
  const auto stream = readable();
  stream->push("a");
  stream->push(nullptr);
  stream->on<ReadableEvent>(
      [&] { log.add("readable " + std::to_string(stream->readable_length())); });
  EXPECT_EQ(after_ticks(), "readable 1");
  EXPECT_FALSE(stream->readable_ended()) << "nobody read what there is";
}

TEST_F(ReadFlowTest, DoesNotFlowWithAListenerOfReadable) {
  const auto stream = readable();
  log.listen_to_data(*stream);
  stream->on<ReadableEvent>([&] {
    log.add("readable");
    stream->read();
  });
  stream->push("a");
  EXPECT_EQ(stream->readable_flowing(), false);
  stream->resume();
  EXPECT_EQ(stream->readable_flowing(), false);
  EXPECT_EQ(after_ticks(), "_read resume readable data(a)");
}

TEST_F(ReadFlowTest, FlowsAgainWhenTheLastListenerForReadableIsRemoved) {
  const auto stream = readable();
  log.listen_to_data(*stream);
  const ListenerId id = stream->on<ReadableEvent>([&] { log.add("readable"); });
  stream->push("a");
  EXPECT_EQ(after_ticks(), "_read resume readable");
  stream->off(id);
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "resume data(a)");
  EXPECT_EQ(stream->readable_flowing(), true);
}

TEST_F(ReadFlowTest, BuffersItsDataAfterTheLastListenerIsRemoved) {
  const auto stream = readable();
  logs_reads = false;
  const ListenerId id = stream->on<ReadableEvent>([&] { log.add("readable"); });
  stream->push("a");
  EXPECT_EQ(after_ticks(), "readable");
  stream->off(id);
  ticks.drain();
  EXPECT_EQ(stream->readable_flowing(), std::nullopt);
  EXPECT_EQ(stream->readable_length(), 1u);
}

TEST_F(ReadFlowTest, AListenerForReadableThatListensOnceAndAgainKeepsItFromFlowing) {
  const auto stream = readable();
  logs_reads = false;
  const auto listen = [&](auto self) -> void {
    stream->once<ReadableEvent>([&, self] {
      log.add("readable");
      while (stream->read()) {
      }
      self(self);
    });
  };
  listen(listen);
  stream->push("a");
  EXPECT_EQ(after_ticks(), "readable");
  stream->push("b");
  EXPECT_EQ(after_ticks(), "readable");
  EXPECT_EQ(stream->readable_flowing(), false);
}

TEST_F(ReadFlowTest, AStoppedStreamWaitsForItsNextReader) {
  const auto stream = readable();
  logs_reads = false;
  const ListenerId first = stream->on<Data>([&] { log.add("first"); });
  ticks.drain();
  stream->push("a");
  stream->off(first);
  stream->stop_flowing();
  stream->push("b");
  EXPECT_EQ(after_ticks(), "resume first");
  EXPECT_EQ(stream->readable_flowing(), std::nullopt);
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "resume data(b)");
}

}  // namespace
}  // namespace weir
