// A pipeline whose destination is ended by the program, and stays open: it must call back, and
// close its source. In Node it never does, if it has `end`.
#include "support/stream_test.h"
#include <weir/stream/duplex.h>
#include <weir/stream/events.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/readable.h>
#include <weir/stream/transform.h>

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace weir {
namespace {

// The destination. Each emits Finish, but not Close.
enum class Shape { duplex, never_destroyed, silent, between };
constexpr std::string_view kShapes[] = {"Duplex", "NeverDestroyed", "Silent", "Between"};

// What is left of the source when the destination finishes.
enum class Left { open, open_after_data, data, end };
constexpr std::string_view kLeft[] = {"open", "open, and waits for a Drain", "data", "an end"};

class PipelineEarlyFinishTest : public test::StreamTest {
 protected:
  void TearDown() override {
    held_.reset();
    last_ = nullptr;
    test::StreamTest::TearDown();
  }

  // Its first chunk fills it, and stays in progress until finish().
  Ref<Writable> destination(Shape shape) {
    const auto hold = [this](Chunk chunk, Done done) {
      written += chunk.text();
      held_.emplace(std::move(done));
    };
    if (shape == Shape::duplex)
      return Duplex::make(ticks, {.read = [](auto&, auto) {}, .write = hold},
                          {.high_water_mark = 1});
    if (shape == Shape::between)
      return Transform::make(
          ticks,
          {.transform = [hold](Transform&, Chunk chunk,
                               Done done) { hold(std::move(chunk), std::move(done)); }},
          {.high_water_mark = 1, .auto_destroy = false});
    return Writable::make(ticks, {.write = hold},
                          {.high_water_mark = 1,
                           .emit_close = shape != Shape::silent,
                           .auto_destroy = shape != Shape::never_destroyed});
  }
  void start(const PipelineOptions& options, const Ref<Readable>& source, Shape shape,
             const Ref<Writable>& destination) {
    Callback callback = [this](const Error& error) {
      outcome += error ? std::string(error.name()) : "ok";
    };
    if (shape != Shape::between)
      return static_cast<void>(pipeline(options, source, destination, std::move(callback)));
    last_ = Writable::make(ticks, {.write = [](Chunk, Done done) { done(); }});
    Ref<Duplex> between(static_cast<Duplex*>(destination.get()));
    pipeline(options, source, between, last_, std::move(callback));
  }
  // Ends the destination as the program.
  void finish(Writable& destination) {
    destination.end();
    if (held_) (*std::exchange(held_, std::nullopt))();
    ticks.drain();
  }
  void push(Readable& source, Left left) {
    if (left == Left::open) return;
    source.push("a");
    ticks.drain();
    if (left == Left::data) source.push("b");
    if (left != Left::open_after_data) source.push(nullptr);
    ticks.drain();
  }

  std::string written;
  std::string outcome;

 private:
  std::optional<Done> held_;
  Ref<Writable> last_;
};

class PipelineIntoEarlyFinishTest : public PipelineEarlyFinishTest,
                                    public testing::WithParamInterface<Shape> {};

TEST_P(PipelineIntoEarlyFinishTest, FailsOnlyIfTheSourceHasMore) {
  for (unsigned bits = 0; bits < 4; ++bits)
    for (const Left left : {Left::open, Left::open_after_data, Left::data, Left::end}) {
      const bool ends = (bits & 1) != 0;
      const bool is_held = (bits & 2) != 0;  // by the program
      SCOPED_TRACE(fmt::format("left: {}, {}, {}", kLeft[static_cast<std::size_t>(left)],
                               ends ? "with end" : "without end", is_held ? "held" : "not held"));
      outcome.clear();
      written.clear();
      int closes = 0;
      const auto into = destination(GetParam());
      auto source = Readable::make(ticks, {.read = [](auto&, auto) {}});
      source->on<Close>([&] { ++closes; });
      start({.end = ends}, source, GetParam(), into);
      ticks.drain();
      push(*source, left);
      if (!is_held) source = nullptr;
      finish(*into);
      EXPECT_EQ(outcome, left == Left::end ? "ok" : "ERR_STREAM_PREMATURE_CLOSE");
      EXPECT_EQ(written, left == Left::open ? "" : "a");
      EXPECT_EQ(closes, 1);
    }
}

INSTANTIATE_TEST_SUITE_P(Shape, PipelineIntoEarlyFinishTest,
                         testing::Values(Shape::duplex, Shape::never_destroyed, Shape::silent,
                                         Shape::between),
                         [](const auto& test) {
                           return std::string(kShapes[static_cast<std::size_t>(test.param)]);
                         });

TEST_F(PipelineEarlyFinishTest, LeavesTheReadableSideOfItsDestinationOpen) {
  const auto source = Readable::make(ticks, {.read = [](auto&, auto) {}});
  const auto duplex = Duplex::make(ticks, {.read = [](auto&, auto) {}});
  log.listen(*source, "r.");
  log.listen(*duplex, "w.");
  pipeline(source, duplex, cb("CB"));
  ticks.drain();
  now();
  duplex->end();
  EXPECT_EQ(after_ticks(),
            "w.prefinish w.finish r.pause w.unpipe r.error(ERR_STREAM_PREMATURE_CLOSE) r.close "
            "CB(ERR_STREAM_PREMATURE_CLOSE)");
  EXPECT_TRUE(duplex->readable());
}

// A Duplex whose readable side has ended does the same without the program.
TEST_F(PipelineEarlyFinishTest, OfADestinationThatEndsItself) {
  const auto source = Readable::make(ticks, {.read = [](auto&, auto) {}});
  const auto duplex =
      Duplex::make(ticks, {.read = [](Readable& stream, auto) { stream.push(nullptr); }},
                   {.auto_destroy = false, .allow_half_open = false});
  duplex->resume();
  pipeline(source, duplex, cb("CB"));
  EXPECT_EQ(after_ticks(), "CB(ERR_STREAM_PREMATURE_CLOSE)");
  EXPECT_TRUE(source->destroyed());
}

TEST_F(PipelineEarlyFinishTest, LeavesASparedSourceOpen) {
  const auto source = Readable::make(ticks, {.read = [](auto&, auto) {}});
  const auto into = destination(Shape::duplex);
  start({.destroy_source = false}, source, Shape::duplex, into);
  ticks.drain();
  push(*source, Left::data);
  finish(*into);
  EXPECT_EQ(outcome, "ERR_STREAM_PREMATURE_CLOSE");
  EXPECT_TRUE(source->readable());
  EXPECT_EQ(source->read().value().text(), "b");
}

// It is the program's then, which may have its reasons not to read it.
TEST_F(PipelineEarlyFinishTest, DoesNotReadASparedSourceAfterItHasFailed) {
  std::stop_source stop;
  const auto source = Readable::make(ticks, {.read = [](auto&, auto) {}});
  const auto into = destination(Shape::silent);
  into->on<Finish>([&] { stop.request_stop(); });
  into->on<Error>([] {});
  start({.signal = stop.get_token(), .destroy_source = false}, source, Shape::silent, into);
  ticks.drain();
  push(*source, Left::end);
  finish(*into);
  EXPECT_EQ(outcome, "ABORT_ERR");
  EXPECT_FALSE(source->readable_ended());
}

}  // namespace
}  // namespace weir
