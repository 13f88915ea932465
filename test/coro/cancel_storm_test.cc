// Many coroutines under backpressure that are stopped at random times, from this thread and
// another.
#include "support/coro_test.h"
#include <weir/coro/event.h>
#include <weir/coro/read.h>
#include <weir/coro/when.h>
#include <weir/coro/write.h>
#include <weir/stream/pass_through.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace weir {
namespace {

using namespace std::chrono_literals;

class CancelStormTest : public test::CoroTest {
 protected:
  struct Counts {
    std::size_t accepted = 0;  // bytes
    std::size_t over = 0;      // writers
  };

  // Writes until it is stopped.
  static Task<> write_on(Writable& stream, Counts& counts, std::size_t size) {
    const std::string text(size, 'x');
    try {
      while (true) {
        counts.accepted += size;
        co_await co::write(stream, text);
      }
    } catch (const Error& error) {
      EXPECT_EQ(error, Errc::aborted);
    }
    ++counts.over;
  }
};

TEST_F(CancelStormTest, EveryAcceptedByteArrivesAndEveryWriterEnds) {
  constexpr std::size_t kWriters = 200;
  std::mt19937 random(1);
  auto stream = PassThrough::make(loop, {.high_water_mark = 64});
  Counts counts;
  std::size_t read = 0;
  std::vector<std::stop_source> stops(kWriters);
  for (std::stop_source& each : stops)
    co::spawn(loop, write_on(*stream, counts, 1 + random() % 100), each.get_token());
  co::spawn(loop, [&]() -> Task<> {
    while (const auto chunk = co_await co::read(*stream)) {
      read += chunk->size();
      if (random() % 4 == 0) co_await co::yield(loop);
      if (!stops.empty() && random() % 2 == 0) {
        const std::size_t which = random() % stops.size();
        stops[which].request_stop();
        stops.erase(stops.begin() + static_cast<std::ptrdiff_t>(which));
        if (stops.empty()) stream->end();
      }
    }
  });
  loop.run();
  EXPECT_EQ(counts.over, kWriters);
  EXPECT_EQ(read, counts.accepted);
  EXPECT_TRUE(stream->writable_finished());
}

TEST_F(CancelStormTest, StopsFromAnotherThread) {
  constexpr std::size_t kWriters = 100;
  auto stream = PassThrough::make(loop, {.high_water_mark = 16});
  Counts counts;
  std::vector<std::stop_source> stops(kWriters);
  std::optional<Loop::KeepAlive> alive(loop);
  for (std::stop_source& each : stops)
    co::spawn(loop, write_on(*stream, counts, 10), each.get_token());
  std::thread stopper([&] {
    for (std::stop_source& each : stops) {
      each.request_stop();
      std::this_thread::yield();
    }
  });
  std::size_t read = 0;
  co::spawn(loop, [&]() -> Task<> {
    while (counts.over < kWriters) {
      if (const auto chunk = stream->read()) read += chunk->size();
      co_await co::yield(loop);
    }
    alive.reset();
  });
  loop.run();
  stopper.join();
  while (const auto chunk = stream->read()) {
    read += chunk->size();
    loop.run();
  }
  EXPECT_EQ(read, counts.accepted);
}

TEST_F(CancelStormTest, RacesOfAllKindsOfWaitsLeaveNothingBehind) {
  std::mt19937 random(2);
  auto stream = PassThrough::make(loop, {.high_water_mark = 8});
  const auto keeper = std::make_shared<int>(0);
  const auto race = [&](std::shared_ptr<int>) -> Task<> {
    co_await co::when_any(co::read(*stream), co::write(*stream, "0123456789"),
                          co::next<Drain>(*stream),
                          co::sleep(loop, std::chrono::milliseconds(1 + random() % 3)),
                          co::when_any(co::yield(loop), co::read(*stream, 4)));
  };
  co::run(loop, [&]() -> Task<> {
    std::vector<Task<>> races;
    for (int i = 0; i < 500; ++i) races.push_back(race(keeper));
    co_await co::when_all(std::move(races));
  });
  EXPECT_EQ(keeper.use_count(), 1);
  stream->resume();
  co::run(loop, [&]() -> Task<> { co_await co::end(*stream); });
  EXPECT_EQ(stream->listener_count<Drain>(), 0u);
}

TEST_F(CancelStormTest, TheLoopsEndEndsThemAll) {
  std::optional<Loop> other(std::in_place);
  auto stream = PassThrough::make(*other, {.high_water_mark = 8});
  Counts counts;
  for (int i = 0; i < 100; ++i) co::spawn(*other, write_on(*stream, counts, 10));
  other.reset();
  EXPECT_EQ(counts.over, 100u);
}

TEST_F(CancelStormTest, AStopByAnotherThreadAsTheWaitBeginsLeavesNoTimer) {
  constexpr int kTries = 500;
  std::atomic<int> begun = 0;
  std::vector<std::stop_source> stops(kTries);
  std::jthread stopper([&] {
    for (int i = 0; i < kTries; ++i) {
      while (begun <= i) continue;
      // At another point of the beginning each time.
      for (std::atomic<int> pause = i % 100; pause > 0;) --pause;
      stops[i].request_stop();
    }
  });
  const auto sleep = [&]() -> Task<> { co_await co::sleep(loop, 1h); };
  int left = 0;
  for (const std::stop_source& each : stops) {
    ++begun;
    EXPECT_EQ(test::thrown_by([&] { co::run(loop, sleep, each.get_token()); }), Errc::aborted);
    if (loop.alive()) ++left;
  }
  EXPECT_EQ(left, 0);
}

}  // namespace
}  // namespace weir
