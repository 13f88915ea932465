#include <weir/pace/rate_limit.h>

#include "support/loop_test.h"
#include <weir/loop/stepped_clock.h>
#include <weir/stream/pass_through.h>
#include <weir/stream/pipeline.h>
#include <weir/stream/writable.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

namespace weir {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using test::operator""ms;

class RateLimitTest : public test::LoopTest {
 protected:
  Ref<Transform> limited(RateLimitOptions options) {
    auto limit = create_rate_limit(loop, std::move(options));
    limit->on<Data>([this](const Data& data) { passed += data.chunk.text(); });
    limit->on<End>([this] { log.add("end"); });
    limit->on<Error>([this](const Error& error) { log.add("error", error); });
    limit->on<Close>([this] { log.add("close"); });
    return limit;
  }
  void turn() {
    for (int i = 0; i < 5; ++i) loop.poll();
  }

  SteppedClock clock{loop};
  std::string passed;
};

TEST_F(RateLimitTest, PassesTheBurstAtOnceAndTheRestAtTheRate) {
  auto limit = limited({.bytes_per_second = 1000, .burst = 100});
  limit->end(std::string(1100, 'x'));
  turn();
  EXPECT_EQ(passed.size(), 100u);
  clock.pass(500ms);
  EXPECT_LE(passed.size(), 600u);
  EXPECT_GE(passed.size(), 580u);  // within the time of a part
  clock.pass(499ms);
  EXPECT_LT(passed.size(), 1100u);
  EXPECT_EQ(log.take(), "");
  clock.pass(1ms);
  turn();
  EXPECT_EQ(passed.size(), 1100u);
  EXPECT_EQ(log.take(), "end close");
}

// Random chunks at random times: never more than the bucket permits, no byte changed or lost, and
// no time wasted.
TEST_F(RateLimitTest, NeitherExceedsNorWastesTheRateInRandomPrograms) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const std::uint64_t rate = std::uint64_t{1} << (6 + random() % 24);
    const std::uint64_t burst = 1 + random() % 5000;
    passed.clear();
    log.take();
    auto limit = limited(
        {.high_water_mark = 1 + random() % 20'000, .bytes_per_second = rate, .burst = burst});
    std::string written;
    const auto start = clock.now();
    for (int i = 0; i < 30; ++i) {
      std::string chunk(random() % 4000, static_cast<char>('a' + i % 26));
      written += chunk;
      limit->write(chunk);
      turn();
      clock.pass(std::chrono::milliseconds(random() % 200));
      const auto time = std::chrono::duration<double>(clock.now() - start).count();
      EXPECT_LE(static_cast<double>(passed.size()),
                static_cast<double>(burst) + static_cast<double>(rate) * time + 1);
    }
    limit->end();
    // The longest time that the rest may take, and the time of one part.
    const auto rest =
        static_cast<double>(written.size() - passed.size()) / static_cast<double>(rate);
    for (double left = rest + 0.1; left > 0 && !limit->closed(); left -= 5000) {
      clock.pass(
          std::chrono::milliseconds(static_cast<std::int64_t>(std::min(left, 5000.0) * 1000)));
      turn();
    }
    EXPECT_EQ(passed, written);
    EXPECT_EQ(log.take(), "end close");
  }
}

TEST_F(RateLimitTest, SlowsItsWriterDown) {
  auto limit = limited({.high_water_mark = 1000, .bytes_per_second = 1000, .burst = 10});
  EXPECT_FALSE(limit->write(std::string(2000, 'x')));
  limit->once<Drain>([&] { log.add("drain"); });
  clock.pass(1980ms);
  EXPECT_EQ(log.take(), "");
  clock.pass(10ms);
  turn();
  EXPECT_EQ(log.take(), "drain");
  limit->destroy();
  turn();
}

TEST_F(RateLimitTest, APauseFillsTheBucketUpToTheBurst) {
  auto limit = limited({.bytes_per_second = 1000, .burst = 100});
  clock.pass(1h);
  limit->write(std::string(500, 'x'));
  turn();
  EXPECT_EQ(passed.size(), 100u);
  limit->destroy();
  turn();
}

TEST_F(RateLimitTest, ATimeThatJumpsPassesNoMoreThanTheBurst) {
  auto limit = limited({.bytes_per_second = 1000, .burst = 100});
  limit->write(std::string(500, 'x'));
  turn();
  ASSERT_EQ(passed.size(), 100u);
  clock.skip(24h * 365);
  turn();
  EXPECT_EQ(passed.size(), 200u);
  limit->destroy();
  turn();
}

TEST_F(RateLimitTest, AReaderThatPausesIsWaitedFor) {
  auto limit =
      create_rate_limit(loop, {.high_water_mark = 100, .bytes_per_second = 1000, .burst = 50});
  limit->write(std::string(500, 'x'));
  for (int i = 0; i < 100; ++i) clock.pass(100ms);
  EXPECT_LE(limit->readable_length(), 150u);
  EXPECT_FALSE(loop.poll());  // without a reader, no timer runs
  std::size_t read = 0;
  limit->on<Data>([&](const Data& data) { read += data.chunk.size(); });
  turn();
  EXPECT_LT(read, 250u);
  clock.pass(500ms);
  EXPECT_EQ(read, 500u);
}

TEST_F(RateLimitTest, ADestroyStopsItsTimer) {
  auto limit = limited({.bytes_per_second = 1, .burst = 1});
  limit->write("abc", cb("write"));
  turn();
  limit->destroy();
  turn();
  EXPECT_EQ(log.take(), "write(ERR_STREAM_DESTROYED) close");
  EXPECT_EQ(passed, "a");
  EXPECT_FALSE(loop.poll());
}

TEST_F(RateLimitTest, AListenerMayDestroyTheStream) {
  for (int nth = 1; nth < 4; ++nth) {
    passed.clear();
    auto limit = limited({.bytes_per_second = 1000, .burst = 1});
    int seen = 0;
    limit->on<Data>([&, stream = limit.get()] {
      if (++seen == nth) stream->destroy();
    });
    limit->end("abcdef");
    clock.pass(1s);
    turn();
    EXPECT_TRUE(limit->closed());
    EXPECT_EQ(seen, nth);
  }
}

TEST_F(RateLimitTest, AListenerThatThrowsLosesNothing) {
  auto limit = limited({.bytes_per_second = 1000, .burst = 10});
  limit->once<Data>([] { throw std::runtime_error("listener"); });
  int thrown = 0;
  loop.on_uncaught([&](const std::exception_ptr&) { ++thrown; });
  loop.next_tick([&] { limit->end(std::string(30, 'x')); });
  turn();
  clock.pass(1s);
  turn();
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(passed.size(), 30u);
}

TEST_F(RateLimitTest, ALoopThatEndsMeanwhileDropsTheStream) {
  for (const bool keeps : {false, true})
    for (const bool reads : {false, true}) {
      std::optional<Loop> own(std::in_place);
      own->on_warning([](const Warning&) {});
      auto limit =
          create_rate_limit(*own, {.high_water_mark = 10, .bytes_per_second = 1, .burst = 20});
      if (reads) limit->on<Data>([] {});
      limit->write(std::string(100, 'x'), [] { ADD_FAILURE(); });
      own->poll();
      if (!keeps) limit = nullptr;
      own.reset();
    }
}

TEST_F(RateLimitTest, IsAPartOfAPipeline) {
  auto source = PassThrough::make(loop);
  std::string received;
  auto sink = Writable::make(loop, {.write = [&](const Chunk& chunk, Done done) {
                               received += chunk.text();
                               done();
                             }});
  pipeline(source, create_rate_limit(loop, {.bytes_per_second = 100, .burst = 10}), sink,
           cb("done"));
  source->end(std::string(60, 'x'));
  turn();
  EXPECT_EQ(received.size(), 10u);
  clock.pass(490ms);
  turn();
  EXPECT_EQ(log.take(), "");
  clock.pass(10ms);
  turn();
  EXPECT_EQ(log.take(), "done");
  EXPECT_EQ(received.size(), 60u);
}

TEST_F(RateLimitTest, OptionsAreChecked) {
  EXPECT_THROW(create_rate_limit(loop, {}), Error);
  EXPECT_THROW(create_rate_limit(loop, {.bytes_per_second = 1, .burst = 0}), Error);
  EXPECT_THROW(
      create_rate_limit(loop, {.bytes_per_second = std::numeric_limits<std::uint64_t>::max()}),
      Error);
  EXPECT_THROW(create_rate_limit(loop, {.high_water_mark = -1, .bytes_per_second = 1}), Error);
}

}  // namespace
}  // namespace weir
