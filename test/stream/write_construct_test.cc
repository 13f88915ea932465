#include "support/stream_test.h"
#include <weir/stream/writable.h>

#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

class ConstructTest : public test::StreamTest {
 protected:
  static constexpr SinkTraits kTraits{.construct = true, .write = true};
};

TEST_F(ConstructTest, IsCalledOnTheFirstTickAndHoldsWritesBack) {
  const auto stream = make(kTraits);
  stream->write("a", cb("cbA"));
  stream->write("b", cb("cbB"));
  EXPECT_EQ(now(), "");
  EXPECT_EQ(after_ticks(), "_construct");
  EXPECT_EQ(stream->writable_length(), 2u);
  sink.complete();
  EXPECT_EQ(now(), "");  // continues on the next tick
  sink.automatic = true;
  EXPECT_EQ(after_ticks(), "_write(a) _write(b) cbA cbB");
}

TEST_F(ConstructTest, HoldsTheEndBackToo) {
  sink.automatic = true;
  const auto stream = make(kTraits);
  stream->write("a", cb("cb"));
  stream->end(cb("endcb"));
  EXPECT_EQ(now(), "");
  EXPECT_FALSE(stream->writable());
  EXPECT_EQ(after_ticks(), "_construct _write(a) prefinish cb endcb finish close");
}

TEST_F(ConstructTest, QueuedWritesGoOutInOneBatch) {
  sink.automatic = true;
  const auto stream = make({.construct = true, .write = true, .writev = true});
  for (int i = 0; i < 5; ++i) stream->print("{}", i);
  EXPECT_EQ(after_ticks(), "_construct _writev(0,1,2,3,4)");
}

TEST_F(ConstructTest, StreamThatIsEndedEmptyFinishesOnceItIsOpen) {
  const auto stream = make(kTraits);
  stream->end(cb("endcb"));
  EXPECT_EQ(after_ticks(), "_construct");
  sink.complete();
  EXPECT_EQ(after_ticks(), "prefinish endcb finish close");
}

TEST_F(ConstructTest, FailureFailsQueuedWritesThenTheStream) {
  for (const bool throws : {false, true}) {
    sink.destroys = true;
    sink.automatic = true;
    sink.fails = throws ? Error() : Error("failed");
    if (throws) sink.inside = [] { throw Error("failed"); };
    const auto stream = make(kTraits);
    stream->write("a", cb("cb"));
    stream->end(cb("endcb"));
    EXPECT_EQ(after_ticks(),
              "_construct _destroy(failed) cb(failed) endcb(failed) error(failed) close")
        << throws;
  }
}

TEST_F(ConstructTest, FailureWithoutAutoDestroyOnlyEmitsTheError) {
  sink.automatic = true;
  sink.fails = Error("failed");
  const auto stream = make(kTraits, {.auto_destroy = false});
  EXPECT_EQ(after_ticks(), "_construct error(failed)");
  EXPECT_FALSE(stream->destroyed());
  EXPECT_TRUE(stream->errored());
}

TEST_F(ConstructTest, DoneTwiceFailsTheStream) {
  const auto stream = make(kTraits);
  ticks.drain();
  Done done = sink.take();
  done();
  done();
  EXPECT_EQ(after_ticks(), "_construct error(ERR_MULTIPLE_CALLBACK) close");
}

TEST_F(ConstructTest, DestroyWaitsForIt) {
  sink.destroys = true;
  const auto stream = make(kTraits);
  stream->write("a", cb("cb"));
  stream->destroy();
  EXPECT_TRUE(stream->destroyed());
  EXPECT_EQ(after_ticks(), "_construct cb(ERR_STREAM_DESTROYED)");
  EXPECT_FALSE(stream->closed());
  sink.complete();
  EXPECT_EQ(after_ticks(), "_destroy");
  sink.complete();
  EXPECT_EQ(after_ticks(), "close");
}

TEST_F(ConstructTest, DestroyWithAnErrorWaitsForItToo) {
  const auto stream = make(kTraits);
  stream->write("a", cb("cb"));
  stream->end(cb("endcb"));
  stream->destroy(Error("boom"));
  EXPECT_EQ(after_ticks(), "_construct cb(boom) endcb(boom)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "error(boom) close");
}

TEST_F(ConstructTest, ErrorsOfDestroyAndConstructAreAggregated) {
  const auto stream = make_silent(kTraits);
  Error seen;
  stream->on<Error>([&](const Error& error) { seen = error; });
  stream->destroy(Error("outer"));
  ticks.drain();
  sink.complete_with(Error("inner"));
  ticks.drain();
  EXPECT_EQ(seen.message(), "outer");
  ASSERT_EQ(seen.errors().size(), 2u);
  EXPECT_EQ(seen.errors()[0].message(), "outer");
  EXPECT_EQ(seen.errors()[1].message(), "inner");
}

TEST_F(ConstructTest, MayWriteToItsOwnStream) {
  sink.automatic = true;
  Ref<Writable> stream;
  sink.inside = [&] { stream->write("first", cb("cb")); };
  stream = make(kTraits);
  EXPECT_EQ(after_ticks(), "_construct _write(first) cb");
}

TEST_F(ConstructTest, IsCalledWhereTheStreamIsDroppedAtOnce) {
  make(kTraits);
  EXPECT_EQ(after_ticks(), "_construct");
  sink.complete();
  EXPECT_EQ(after_ticks(), "close");
}

}  // namespace
}  // namespace weir
