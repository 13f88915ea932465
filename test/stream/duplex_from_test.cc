#include "support/read_test.h"
#include <weir/stream/duplex.h>
#include <weir/stream/object_readable.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/pass_through.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

// Two halves r and w, and the duplex d of them. The orders are Node's.
class DuplexFromTest : public test::ReadTest {
 protected:
  DuplexFromTest() { logs_reads = false; }

  void make_duplex(const WritableOptions& options = {}) {
    r = readable({}, "r.");
    w = destination("w", options);
    d = Duplex::from(r, w);
    log.listen(*d, "d.");
  }
  void TearDown() override {
    d = nullptr;
    r = nullptr;
    w = nullptr;
    ReadTest::TearDown();
  }

  Ref<Readable> r;
  Ref<Writable> w;
  Ref<Duplex> d;
};

TEST_F(DuplexFromTest, WritesToTheOneAndReadsFromTheOther) {
  make_duplex();
  log.listen_to_data(*d, "d.");
  d->write("out", cb("wcb"));
  EXPECT_EQ(now(), "w._write(out)");
  EXPECT_EQ(after_ticks(), "d.resume wcb");
  r->push("in");
  r->push(nullptr);
  EXPECT_EQ(after_ticks(), "d.data(in) r.end d.end r.close");
  d->end("last", cb("endcb"));
  EXPECT_EQ(now(), "w._write(last) w.prefinish");
  EXPECT_EQ(after_ticks(), "w.finish d.prefinish endcb d.finish w.close d.close");
}

TEST_F(DuplexFromTest, AWriteThatTheHalfHasNoRoomForIsDoneWhenItDrains) {
  make_duplex({.high_water_mark = 1});
  sink_of("w").automatic = false;
  d->write("a", cb("a"));
  d->write("b", cb("b"));
  EXPECT_EQ(after_ticks(), "w._write(a)");
  sink_of("w").complete();
  EXPECT_EQ(after_ticks(), "w.drain w._write(b) a");
  sink_of("w").complete();
  EXPECT_EQ(after_ticks(), "w.drain b");
}

TEST_F(DuplexFromTest, ReadsNoMoreThanItHasRoomFor) {
  const auto rows = ObjectReadable<int>::from(ticks, std::vector{1, 2, 3, 4, 5});
  const auto texts =
      ObjectWritable<std::string>::make(ticks, {.write = [](std::string, Done done) { done(); }});
  const auto both = ObjectDuplex<std::string, int>::from(rows, texts, {.high_water_mark = 2});
  after_ticks();
  EXPECT_EQ(both->readable_length(), 0u) << "nobody has asked";
  EXPECT_EQ(both->read(), 1);
  after_ticks();
  EXPECT_EQ(both->readable_length(), 2u);
  std::vector<int> seen;
  both->on<DataOf<int>>([&](const DataOf<int>& data) { seen.push_back(data.chunk); });
  both->end();
  after_ticks();
  EXPECT_EQ(seen, (std::vector{2, 3, 4, 5}));
  EXPECT_TRUE(both->closed());
}

// --- Failures ---

TEST_F(DuplexFromTest, AFailureOfTheReadableHalfDestroysTheOther) {
  make_duplex();
  d->resume();
  r->destroy(Error("rr"));
  EXPECT_EQ(after_ticks(), "d.resume r.error(rr) r.close w.error(rr) w.close d.error(rr) d.close");
}

TEST_F(DuplexFromTest, AFailureOfTheWritableHalfDestroysTheOther) {
  make_duplex();
  d->resume();
  w->destroy(Error("ww"));
  EXPECT_EQ(after_ticks(), "d.resume w.error(ww) w.close r.error(ww) r.close d.error(ww) d.close");
}

TEST_F(DuplexFromTest, AFailureDestroysBothHalves) {
  make_duplex();
  d->destroy(Error("dd"));
  EXPECT_EQ(after_ticks(), "w.error(dd) w.close r.error(dd) r.close d.error(dd) d.close");
}

TEST_F(DuplexFromTest, ADestroyAbortsBothHalves) {
  make_duplex();
  d->destroy();
  EXPECT_EQ(after_ticks(),
            "w.error(ABORT_ERR) w.close r.error(ABORT_ERR) r.close d.error(ABORT_ERR) d.close");
}

TEST_F(DuplexFromTest, AHalfThatClosesTooEarlyIsAFailure) {
  make_duplex();
  r->destroy();
  EXPECT_EQ(after_ticks(),
            "r.close w.error(ERR_STREAM_PREMATURE_CLOSE) w.close "
            "d.error(ERR_STREAM_PREMATURE_CLOSE) d.close");
}

TEST_F(DuplexFromTest, AFailureOfTheLastHalfIsHeard) {
  make_duplex();
  d->resume();
  r->push(nullptr);
  EXPECT_EQ(after_ticks(), "d.resume r.end d.end r.close");
  w->destroy(Error("late"));
  EXPECT_EQ(after_ticks(), "w.error(late) w.close d.error(late) d.close");
}

TEST_F(DuplexFromTest, CompletesAcceptedWritesWhenItFails) {
  make_duplex({.high_water_mark = 1});
  sink_of("w").automatic = false;
  d->write("a", cb("a"));
  d->write("b", cb("b"));
  d->end(cb("endcb"));
  d->destroy(Error("dd"));
  const std::string events = after_ticks();
  for (const char* const each : {"a(dd)", "b(", "endcb(", "d.error(dd)", "d.close", "w.close"})
    EXPECT_NE(events.find(each), std::string::npos) << each << " in " << events;
  sink_of("w").drop_pending();
}

// --- One half alone ---

TEST_F(DuplexFromTest, OfAReadableAloneCannotBeWritten) {
  r = readable({}, "r.");
  d = Duplex::from(r, nullptr);
  log.listen(*d, "d.");
  EXPECT_FALSE(d->writable());
  d->resume();
  r->push(nullptr);
  EXPECT_EQ(after_ticks(), "d.resume r.end d.end r.close d.close");
}

TEST_F(DuplexFromTest, OfAWritableAloneCannotBeRead) {
  w = destination("w");
  d = Duplex::from(nullptr, w);
  log.listen(*d, "d.");
  EXPECT_FALSE(d->readable());
  d->end("x");
  EXPECT_EQ(after_ticks(), "w._write(x) w.prefinish w.finish d.prefinish d.finish w.close d.close");
}

TEST_F(DuplexFromTest, OfAReadableThatIsGoneFailsWithTheErrorThatItIsDestroyedWith) {
  r = readable({}, "r.");
  d = Duplex::from(r, nullptr);
  log.listen(*d, "d.");
  d->on<ReadableEvent>([] {});
  r->push("unread");
  r->push(nullptr);
  after_ticks();
  r = nullptr;
  after_ticks();
  d->destroy(Error("late"));
  EXPECT_EQ(after_ticks(), "d.error(late) d.close");
}

// --- Lifetime ---

TEST_F(DuplexFromTest, KeepsItsHalves) {
  make_duplex();
  r = nullptr;
  w = nullptr;
  d->end("x");
  EXPECT_EQ(after_ticks(), "w._write(x) w.prefinish w.finish d.prefinish d.finish w.close");
}

TEST_F(DuplexFromTest, ThatIsDroppedFreesEverything) {
  make_duplex();
  d->resume();
  after_ticks();
  d = nullptr;
  r = nullptr;
  w = nullptr;
  after_ticks();
  EXPECT_EQ(sources(), 0u);
}

TEST_F(DuplexFromTest, ThatIsDroppedOrDestroyedUnheardIsNoError) {
  for (const bool destroys : {false, true}) {
    auto both = Duplex::from(readable_silent(), destination_silent("w"));
    after_ticks();
    if (destroys) both->destroy();
    both = nullptr;
    EXPECT_EQ(after_ticks(), "");
    EXPECT_EQ(sources(), 0u);
  }
}

TEST_F(DuplexFromTest, IsKeptByAHalfThatItIsPipedFrom) {
  auto out = destination("out");
  r = readable({}, "r.");
  Duplex::from(r, nullptr)->pipe(out);
  out = nullptr;
  after_ticks();
  r->push("kept");
  r->push(nullptr);
  r = nullptr;
  EXPECT_EQ(after_ticks(),
            "out._write(kept) r.end out.prefinish r.close out.finish out.unpipe out.close");
}

}  // namespace
}  // namespace weir
