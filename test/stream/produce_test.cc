#include <weir/stream/produce.h>

#include "support/stream_test.h"
#include <weir/stream/object_writable.h>

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

class ProduceTest : public test::StreamTest {
 protected:
  // Writes "1", "2" and so on up to `last`.
  auto numbers(int last) {
    return [this, n = 0, last](Writable& stream) mutable {
      log.add("step");
      stream.write(std::to_string(++n));
      return n < last;
    };
  }
};

TEST_F(ProduceTest, StepsUntilTheMarkAndAgainAfterEachDrain) {
  const auto stream = make({.write = true}, {.high_water_mark = 2});
  produce(*stream, numbers(3));
  EXPECT_EQ(now(), "step _write(1) step");
  sink.complete();
  EXPECT_EQ(after_ticks(), "_write(2)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "drain step _write(3)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "prefinish finish close");
}

TEST_F(ProduceTest, LeavesTheStreamOpenIfTheOptionsAsk) {
  sink.automatic = true;
  const auto stream = make();
  produce(*stream, numbers(1), {.end = false}, cb("produced"));
  EXPECT_EQ(after_ticks(), "step _write(1) produced");
  EXPECT_TRUE(stream->writable());
}

TEST_F(ProduceTest, CallsBackAfterTheLastStepAndNotAfterTheWrites) {
  const auto stream = make();
  produce(*stream, numbers(2), cb("produced"));
  EXPECT_EQ(now(), "step _write(1) step");
  EXPECT_EQ(after_ticks(), "produced");
}

TEST_F(ProduceTest, WaitsForAStreamThatIsFullAlready) {
  const auto stream = make({.write = true}, {.high_water_mark = 1});
  stream->write("x");
  produce(*stream, numbers(1));
  EXPECT_EQ(now(), "_write(x)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "drain step _write(1)");
}

TEST_F(ProduceTest, ContinuesAfterADrainListenerThrows) {
  const auto stream = make_silent({.write = true}, {.high_water_mark = 1});
  stream->on<Drain>([] { throw Error("thrown"); });
  produce(*stream, numbers(2));
  EXPECT_EQ(now(), "step _write(1)");
  EXPECT_EQ(test::thrown_by([&] { sink.complete(); }).message(), "thrown");
  EXPECT_EQ(after_ticks(), "step _write(2)");
}

TEST_F(ProduceTest, WaitsAgainWhereADrainListenerFillsTheStream) {
  const auto stream = make({.write = true}, {.high_water_mark = 1});
  produce(*stream, numbers(2));
  stream->once<Drain>([&] { stream->write("x"); });
  sink.complete();
  EXPECT_EQ(after_ticks(), "step _write(1) drain _write(x)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "drain step _write(2)");
}

TEST_F(ProduceTest, StopsWhereTheStreamIsDestroyedFailsOrIsEnded) {
  const auto stopped = [&](auto stop) {
    const auto stream = make_silent({.write = true}, {.high_water_mark = 1});
    stream->on<Error>([](const Error&) {});
    auto owned = std::make_shared<int>();
    produce(
        *stream,
        [this, owned, step = numbers(9)](Writable& target) mutable { return step(target); },
        cb("produced"));
    EXPECT_EQ(now(), "step _write(1)");
    stop(*stream);
    if (sink.pending() > 0) sink.complete();
    const std::string events = after_ticks();
    EXPECT_EQ(owned.use_count(), 1) << "the step is not released";
    return events;
  };
  EXPECT_EQ(stopped([](Writable& stream) { stream.destroy(); }),
            "produced(ERR_STREAM_PREMATURE_CLOSE)");
  EXPECT_EQ(stopped([](Writable& stream) { stream.destroy(Error("boom")); }), "produced(boom)");
  EXPECT_EQ(stopped([&](Writable&) { sink.complete_with(Error("failed")); }), "produced(failed)");
  EXPECT_EQ(stopped([](Writable& stream) { stream.end(); }),
            "produced(ERR_STREAM_WRITE_AFTER_END)");
}

TEST_F(ProduceTest, StopsWhereAStreamFailsThatIsNotDestroyedByIt) {
  const auto stream = make({.write = true}, {.high_water_mark = 1, .auto_destroy = false});
  produce(*stream, numbers(9), cb("produced"));
  sink.complete_with(Error("failed"));
  EXPECT_EQ(after_ticks(), "step _write(1) error(failed) produced(failed)");
}

TEST_F(ProduceTest, AStepThatThrowsDestroysTheStream) {
  const auto stream = make();
  produce(*stream, [](Writable&) -> bool { throw Error("thrown"); }, cb("produced"));
  EXPECT_EQ(after_ticks(), "error(thrown) close produced(thrown)");
}

TEST_F(ProduceTest, AnErrorThatOnlyAProducerHearsOfIsUnheard) {
  const auto stream = make_silent({.write = true}, {.high_water_mark = 1});
  produce(*stream, numbers(9));
  sink.complete_with(Error("failed"));
  EXPECT_EQ(test::thrown_by([&] { ticks.drain(); }).message(), "failed");
}

TEST_F(ProduceTest, ReleasesTheStepWithTheLoop) {
  auto owned = std::make_shared<int>();
  const auto stream = make_silent({.write = true}, {.high_water_mark = 1});
  produce(*stream, [owned](Writable& target) { return target.write("a"), true; });
  EXPECT_EQ(owned.use_count(), 2);
  ticks.close();
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(ProduceTest, MakesValuesToo) {
  test::ManualSink<int> numbers(log);
  numbers.automatic = true;
  const auto stream =
      ObjectWritable<int>::make(ticks, numbers.device({.write = true}), {.write = true});
  produce(*stream, [n = 0](ObjectWritable<int>& target) mutable {
    target.write(++n);
    return n < 3;
  });
  EXPECT_EQ(after_ticks(), "_write(1) _write(2) _write(3)");
}

}  // namespace
}  // namespace weir
