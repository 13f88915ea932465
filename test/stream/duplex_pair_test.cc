#include <weir/stream/duplex_pair.h>

#include "support/stream_test.h"
#include <weir/stream/pipeline.h>
#include <weir/stream/readable.h>

#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>

namespace weir {
namespace {

class DuplexPairTest : public test::StreamTest {
 protected:
  void make_pair(const DuplexOptions& options = {}) {
    auto [one, other] = duplex_pair(ticks, options);
    a = std::move(one);
    b = std::move(other);
    log.listen(*a, "a.");
    log.listen(*b, "b.");
  }
  // Releases members in order, before the test's queue.
  void TearDown() override {
    a = nullptr;
    b = nullptr;
    StreamTest::TearDown();
  }

  Ref<Duplex> a;
  Ref<Duplex> b;
};

TEST_F(DuplexPairTest, PassesWritesToTheOtherEndAndEndsWithIt) {
  make_pair();
  log.listen_to_data(*b, "b.");
  a->write("hi", cb("wcb"));
  a->end();
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "wcb b.resume b.data(hi) b.end a.prefinish a.finish");
  b->end();
  a->resume();
  EXPECT_EQ(after_ticks(), "a.resume a.end b.prefinish b.finish a.close b.close");
}

TEST_F(DuplexPairTest, IsDoneWithAWriteWhenTheOtherEndIsReadFrom) {
  make_pair({.high_water_mark = 1});
  EXPECT_FALSE(a->write("one", cb("one")));
  a->write("two", cb("two"));
  EXPECT_EQ(after_ticks(), "");
  EXPECT_EQ(b->read()->text(), "one") << "the read has the next write come";
  EXPECT_EQ(after_ticks(), "one");
  EXPECT_EQ(b->read()->text(), "two");
  EXPECT_EQ(after_ticks(), "a.drain two");
}

TEST_F(DuplexPairTest, AnEmptyWriteIsDoneOnATick) {
  make_pair();
  a->write("", cb("empty"));
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "empty");
}

TEST_F(DuplexPairTest, WorksInBothDirectionsAtOnce) {
  make_pair();
  std::string at_a;
  std::string at_b;
  a->on<Data>([&](const Data& data) { at_a += data.chunk.text(); });
  b->on<Data>([&](const Data& data) { at_b += data.chunk.text(); });
  a->write("ping");
  b->write("pong");
  ticks.drain();
  EXPECT_EQ(at_a, "pong");
  EXPECT_EQ(at_b, "ping");
}

TEST_F(DuplexPairTest, ADestroyedEndFailsWritesToIt) {
  make_pair();
  a->write("lost", cb("lost"));
  b->destroy();
  EXPECT_THAT(after_ticks(), testing::AllOf(testing::HasSubstr("lost(ERR_STREAM_PREMATURE_CLOSE)"),
                                            testing::HasSubstr("a.error(ERR_STREAM_PREMATURE")));
}

// --- The other end of one that is destroyed. The orders are Node 26's ---

TEST_F(DuplexPairTest, EndsWhereTheOtherEndIsDestroyed) {
  make_pair();
  b->resume();
  a->destroy();
  EXPECT_EQ(after_ticks(), "b.resume a.close b.end");
  EXPECT_TRUE(b->writable());
}

TEST_F(DuplexPairTest, WithoutHalfOpenEndsClosesWhereTheOtherEndIsDestroyed) {
  make_pair({.allow_half_open = false});
  b->resume();
  a->destroy();
  after_ticks();
  EXPECT_FALSE(b->writable());
}

TEST_F(DuplexPairTest, ClosesWhereItHadEndedAndTheOtherEndIsDestroyed) {
  make_pair();
  a->resume();
  b->resume();
  b->end();
  EXPECT_EQ(after_ticks(), "a.resume b.resume a.end b.prefinish b.finish");
  a->destroy();
  EXPECT_EQ(after_ticks(), "a.close b.end b.close");
}

TEST_F(DuplexPairTest, IsDestroyedWithoutTheErrorWhereTheOtherEndFails) {
  make_pair();
  b->resume();
  a->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "b.resume a.error(boom) a.close b.close");
  EXPECT_TRUE(b->destroyed());
  EXPECT_FALSE(b->errored());
}

TEST_F(DuplexPairTest, ReadsDataWrittenBeforeTheOtherEndWasDestroyed) {
  make_pair();
  log.listen_to_data(*b, "b.");
  a->write("bye");
  a->destroy();
  EXPECT_EQ(after_ticks(), "b.resume b.data(bye) a.close b.end");
}

TEST_F(DuplexPairTest, EndsOnce) {
  make_pair();
  b->resume();
  a->end();
  EXPECT_EQ(after_ticks(), "b.resume b.end a.prefinish a.finish");
  a->destroy();
  EXPECT_EQ(after_ticks(), "a.close");
}

TEST_F(DuplexPairTest, BothAreDestroyedAtOnce) {
  make_pair();
  a->destroy();
  b->destroy();
  EXPECT_EQ(after_ticks(), "a.close b.close");
}

TEST_F(DuplexPairTest, AWriteToADestroyedEndFails) {
  make_pair();
  b = nullptr;
  EXPECT_EQ(after_ticks(), "b.close");
  a->write("late", cb("late"));
  EXPECT_EQ(after_ticks(),
            "late(ERR_STREAM_PREMATURE_CLOSE) a.error(ERR_STREAM_PREMATURE_CLOSE) a.close");
}

TEST_F(DuplexPairTest, AnEndThatIsDestroyedFailsTheOthersFinal) {
  make_pair();
  a->end(cb("endcb"));
  EXPECT_EQ(after_ticks(), "");
  b->destroy();
  EXPECT_THAT(after_ticks(), testing::HasSubstr("a.error(ERR_STREAM_PREMATURE_CLOSE)"));
}

TEST_F(DuplexPairTest, BothDroppedAreFreed) {
  const auto witness = std::make_shared<int>();
  make_pair();
  a->on<Close>([witness] {});
  b->on<Close>([witness] {});
  a->write("unread");
  b->write("unread too");
  a = nullptr;
  b = nullptr;
  ticks.drain();
  EXPECT_EQ(witness.use_count(), 1);
}

}  // namespace
}  // namespace weir
