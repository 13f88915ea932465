#include <weir/stream/metrics.h>

#include "support/read_test.h"
#include <weir/stream/transform.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""ns;

class MetricsTest : public test::ReadTest {
 protected:
  MetricsTest() {
    ticks.drive([] {}, nullptr, [this] { return time; });
    pass(100ms);
  }
  // The next turn of a loop.
  void pass(std::chrono::nanoseconds duration) {
    time += duration;
    ticks.begin_turn(time);
  }

  std::chrono::nanoseconds time{0};
};

TEST_F(MetricsTest, ANewStreamHasDoneNothing) {
  const auto stream = make_silent({.write = true}, {.high_water_mark = 4});
  const StreamMetrics numbers = stream->metrics();
  EXPECT_FALSE(numbers.read);
  ASSERT_TRUE(numbers.write);
  EXPECT_EQ(numbers.write->high_water_mark, 4u);
  EXPECT_EQ(numbers.write->length, 0u);
  EXPECT_EQ(numbers.write->peak, 0u);
  EXPECT_EQ(numbers.write->bytes_in, 0u);
  EXPECT_EQ(numbers.write->chunks_in, 0u);
  EXPECT_EQ(numbers.write->full, 0u);
  EXPECT_EQ(numbers.write->pressure, 0ns);
}

TEST_F(MetricsTest, AWriteCountsWhereItIs) {
  const auto stream = make_silent({.write = true}, {.high_water_mark = 100});
  stream->write("abc");
  stream->write("defg");
  WriteMetrics numbers = *stream->metrics().write;
  EXPECT_EQ(numbers.bytes_in, 7u);
  EXPECT_EQ(numbers.bytes_out, 0u);
  EXPECT_EQ(numbers.length, 7u);
  EXPECT_EQ(numbers.peak, 7u);
  EXPECT_EQ(numbers.chunks_in, 2u);
  EXPECT_EQ(numbers.chunks_out, 1u);  // the sink has the first
  sink.complete();
  numbers = *stream->metrics().write;
  EXPECT_EQ(numbers.bytes_in, 7u);
  EXPECT_EQ(numbers.bytes_out, 3u);
  EXPECT_EQ(numbers.length, 4u);
  EXPECT_EQ(numbers.peak, 7u);
  EXPECT_EQ(numbers.chunks_out, 2u);
  sink.complete();
  numbers = *stream->metrics().write;
  EXPECT_EQ(numbers.bytes_out, 7u);
  EXPECT_EQ(numbers.length, 0u);
  EXPECT_EQ(numbers.peak, 7u);
}

TEST_F(MetricsTest, BatchesAndMergedWritesCountTheirBytes) {
  const auto stream = make_silent(
      {.writev = true, .delivery = Delivery::until_tick, .merges = true}, {.high_water_mark = 100});
  for (int i = 0; i < 10; ++i) stream->write("ab");
  EXPECT_EQ(stream->metrics().write->bytes_in, 20u);
  EXPECT_EQ(stream->metrics().write->chunks_in, 1u);
  EXPECT_EQ(stream->metrics().write->chunks_out, 0u);
  ticks.drain();
  EXPECT_EQ(stream->metrics().write->length, 20u);
  EXPECT_EQ(stream->metrics().write->chunks_out, 1u);
  sink.complete();
  EXPECT_EQ(stream->metrics().write->bytes_in, 20u);
  EXPECT_EQ(stream->metrics().write->bytes_out, 20u);
  EXPECT_EQ(stream->metrics().write->peak, 20u);
}

TEST_F(MetricsTest, ASinkThatCompletesAtOnceNeverHoldsAnything) {
  sink.automatic = true;
  const auto stream = make_silent({.write = true}, {.high_water_mark = 4});
  for (int i = 0; i < 5; ++i) stream->write("abcdef");
  EXPECT_EQ(stream->metrics().write->bytes_in, 30u);
  EXPECT_EQ(stream->metrics().write->bytes_out, 30u);
  EXPECT_EQ(stream->metrics().write->chunks_out, 5u);
  EXPECT_EQ(stream->metrics().write->peak, 0u);
  EXPECT_EQ(stream->metrics().write->full, 0u);
}

TEST_F(MetricsTest, PressureLastsFromAFalseResultToDrain) {
  const auto stream = make_silent({.write = true}, {.high_water_mark = 4});
  stream->write("abcd");
  stream->write("efgh");  // no second period
  pass(30ms);
  EXPECT_TRUE(stream->metrics().write->is_under_pressure);
  EXPECT_EQ(stream->metrics().write->pressure, 30ms);
  sink.complete();
  pass(10ms);
  sink.complete();
  ticks.drain();
  pass(50ms);
  WriteMetrics numbers = *stream->metrics().write;
  EXPECT_EQ(numbers.pressure, 40ms);
  EXPECT_FALSE(numbers.is_under_pressure);
  EXPECT_EQ(numbers.full, 1u);
  EXPECT_EQ(numbers.drains, 1u);
  stream->write("abcd");
  pass(5ms);
  sink.complete();
  numbers = *stream->metrics().write;
  EXPECT_EQ(numbers.pressure, 45ms);
  EXPECT_EQ(numbers.full, 2u);
  EXPECT_EQ(numbers.drains, 2u);
}

TEST_F(MetricsTest, PressureEndsWithTheStream) {
  const auto ended = make_silent({.write = true}, {.high_water_mark = 4});
  const auto destroyed = make_silent({.write = true}, {.high_water_mark = 4});
  const auto failed = make_silent({.write = true}, {.high_water_mark = 4, .auto_destroy = false});
  failed->on<Error>([](const Error&) {});
  for (const auto& stream : {ended, destroyed, failed}) stream->write("abcd");
  pass(1ms);
  ended->end();
  destroyed->destroy();
  const Done first = sink.take();
  const Done second = sink.take();
  sink.complete_with(Errc::stream_premature_close);
  ticks.drain();
  pass(10ms);
  for (const auto& stream : {ended, destroyed, failed}) {
    EXPECT_EQ(stream->metrics().write->pressure, 1ms) << stream->status();
    EXPECT_EQ(stream->metrics().write->drains, 0u);
  }
}

TEST_F(MetricsTest, AFailedWriteIsNotCounted) {
  const auto stream = make_silent();
  stream->on<Error>([](const Error&) {});
  stream->write("abc");
  sink.complete();
  stream->write("defg");
  sink.complete_with(Errc::stream_premature_close);
  ticks.drain();
  EXPECT_EQ(stream->metrics().write->bytes_out, 3u);
  EXPECT_EQ(stream->state(), "failed");
}

TEST_F(MetricsTest, AReadableCountsWhatItsSourcePushesAndItsReadersTake) {
  const auto stream = readable_silent({.high_water_mark = 100});
  stream->push("abc");
  stream->push("de");
  ReadMetrics numbers = *stream->metrics().read;
  EXPECT_FALSE(stream->metrics().write);
  EXPECT_EQ(numbers.bytes_in, 5u);
  EXPECT_EQ(numbers.bytes_out, 0u);
  EXPECT_EQ(numbers.chunks_in, 2u);
  EXPECT_EQ(numbers.chunks_out, 0u);
  EXPECT_EQ(numbers.peak, 5u);
  EXPECT_EQ(stream->read()->size(), 3u);
  numbers = *stream->metrics().read;
  EXPECT_EQ(numbers.bytes_out, 3u);
  EXPECT_EQ(numbers.chunks_out, 1u);
  EXPECT_EQ(numbers.length, 2u);
  EXPECT_EQ(numbers.peak, 5u);
  stream->unshift("abc");  // it had been read
  numbers = *stream->metrics().read;
  EXPECT_EQ(numbers.bytes_in, 5u);
  EXPECT_EQ(numbers.bytes_out, 0u);
}

TEST_F(MetricsTest, AFlowThroughAPipeCountsEveryChunkOnBothSides) {
  logs_reads = false;
  for (const std::size_t chunks : {1u, 2u, 50u}) {
    const auto source =
        readable_of(std::vector<std::string>(chunks, "abcd"), {.high_water_mark = 8});
    const auto target = destination_silent("w", {.high_water_mark = 16});
    source->pipe(target);
    ticks.drain();
    const ReadMetrics read = *source->metrics().read;
    EXPECT_EQ(read.bytes_in, 4 * chunks);
    EXPECT_EQ(read.bytes_out, 4 * chunks);
    EXPECT_EQ(read.chunks_in, chunks);
    const WriteMetrics written = *target->metrics().write;
    EXPECT_EQ(written.bytes_in, 4 * chunks);
    EXPECT_EQ(written.bytes_out, 4 * chunks);
    EXPECT_EQ(written.chunks_in, chunks);
    EXPECT_EQ(written.chunks_out, chunks);
  }
}

TEST_F(MetricsTest, AReaderStarvesWhileItWaitsForTheSource) {
  logs_reads = false;
  const auto stream = readable_silent();
  pass(1ms);  // no reader
  EXPECT_EQ(stream->metrics().read->starvation, 0ns);
  stream->on<Data>([](const Data&) {});
  ticks.drain();
  pass(20ms);
  EXPECT_TRUE(stream->metrics().read->is_starved);
  EXPECT_EQ(stream->metrics().read->starvation, 20ms);
  stream->push("abc");
  ticks.drain();
  EXPECT_EQ(stream->metrics().read->starvation, 20ms);
  pass(5ms);  // the source reads again
  EXPECT_EQ(stream->metrics().read->starvation, 25ms);
  stream->pause();
  pass(100ms);
  EXPECT_FALSE(stream->metrics().read->is_starved);
  EXPECT_EQ(stream->metrics().read->starvation, 25ms);
  stream->resume();
  ticks.drain();
  pass(1ms);
  EXPECT_EQ(stream->metrics().read->starvation, 26ms);
  stream->destroy();
  pass(100ms);
  EXPECT_EQ(stream->metrics().read->starvation, 26ms);
}

TEST_F(MetricsTest, ASourceWithDataStarvesNoReader) {
  logs_reads = false;
  const auto stream = readable_silent();
  stream->on<ReadableEvent>([] {});
  ticks.drain();
  stream->push("abc");
  ticks.drain();
  pass(10ms);
  EXPECT_EQ(stream->metrics().read->starvation, 0ns);
  stream->read();
  pass(10ms);
  EXPECT_EQ(stream->metrics().read->starvation, 10ms);
}

TEST_F(MetricsTest, TheQueueSumsUpWhatItsFormerStreamsDid) {
  const std::uint64_t before = ticks.stream_totals().streams;
  {
    sink.automatic = true;
    const auto stream = make_silent();
    stream->write("abc");
    stream->destroy(Errc::stream_premature_close);
    stream->on<Error>([](const Error&) {});
    ticks.drain();
    logs_reads = false;
    const auto source = readable_of({"abcde"});
    source->resume();
    ticks.drain();
  }
  ticks.drain();
  EXPECT_EQ(ticks.stream_totals().streams - before, 2u);
  EXPECT_EQ(ticks.stream_totals().bytes_written, 3u);
  EXPECT_EQ(ticks.stream_totals().bytes_read, 5u);
  EXPECT_EQ(ticks.stream_totals().errors, 1u);
}

// --- status() ---

TEST_F(MetricsTest, TheStatusTellsWhatAStreamWaitsFor) {
  const auto stream = make_silent({.write = true, .final = true}, {.high_water_mark = 4});
  EXPECT_EQ(stream->status(), "open, 0 of 4 bytes to write");
  stream->write("abc");
  EXPECT_EQ(stream->status(), "open, 3 of 4 bytes to write, waits for the sink");
  sink.complete();
  stream->cork();
  stream->write("a");
  EXPECT_EQ(stream->status(), "open, 1 of 4 bytes to write, waits for uncork");
  stream->uncork();
  sink.complete();
  stream->end();
  EXPECT_EQ(stream->status(), "ending, 0 of 4 bytes to write, waits for the sink's final");
  sink.complete();
  ticks.drain();
  EXPECT_EQ(stream->state(), "closed");
  EXPECT_EQ(stream->obstacle(), "");
}

TEST_F(MetricsTest, ThePipesOfAReadableAreItsDestinations) {
  logs_reads = false;
  const auto source = readable_silent();
  EXPECT_TRUE(source->destinations().empty());
  EXPECT_EQ(source->obstacle(), "a reader");
  const auto first = destination_silent("a", {.high_water_mark = 1});
  const auto second = destination_silent("b");
  sink_of("a").automatic = false;
  source->pipe(first);
  source->pipe(second);
  EXPECT_EQ(source->destinations(), (std::vector<const Stream*>{first.get(), second.get()}));
  ticks.drain();
  EXPECT_EQ(source->obstacle(), "the source");
  source->push("abc");
  EXPECT_EQ(source->obstacle(), "Drain of its destination");
  source->unpipe(*first);
  EXPECT_EQ(source->destinations(), std::vector<const Stream*>{second.get()});
}

TEST_F(MetricsTest, ANameStaysWithItsStream) {
  const auto stream = make_silent();
  const auto other = make_silent();
  EXPECT_EQ(stream->given_name(), "");
  stream->set_name("orders").set_name("payments");
  EXPECT_EQ(stream->given_name(), "payments");
  EXPECT_EQ(other->given_name(), "");
  EXPECT_NE(stream->number(), other->number());
}

TEST_F(MetricsTest, AStreamThatOutlivesItsQueueKeepsItsNumbers) {
  auto own = std::make_unique<TickQueue>();
  const auto stream =
      Writable::make(*own, sink.device({.write = true}), {.write = true}, {.high_water_mark = 1});
  stream->set_name("orders");
  stream->write("abc");
  own.reset();
  sink.drop_pending();
  EXPECT_EQ(stream->metrics().write->bytes_in, 3u);
  EXPECT_GE(stream->metrics().write->pressure, 0ns);
  EXPECT_EQ(stream->given_name(), "");
  EXPECT_EQ(stream->state(), "closed");
}

}  // namespace
}  // namespace weir
