#include <weir/coro/when.h>

#include "support/coro_test.h"

#include <memory>
#include <stdexcept>
#include <tuple>
#include <variant>
#include <vector>

namespace weir {
namespace {

using namespace std::chrono_literals;
using WhenTest = test::CoroTest;

Task<int> number(Loop& loop, int value, std::chrono::milliseconds after) {
  co_await co::sleep(loop, after);
  co_return value;
}
Task<> fails(Loop& loop, std::chrono::milliseconds after, const char* message) {
  co_await co::sleep(loop, after);
  throw std::runtime_error(message);
}

TEST_F(WhenTest, AllReturnsTheValuesInOrder) {
  co::run(loop, [&]() -> Task<> {
    const auto [a, nothing, b] =
        co_await co::when_all(number(loop, 1, 5ms), co::sleep(loop, 1ms), number(loop, 2, 1ms));
    EXPECT_EQ(a, 1);
    EXPECT_EQ(b, 2);
    static_cast<void>(nothing);
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(number(loop, i, std::chrono::milliseconds(6 - i)));
    const std::vector<int> values = co_await co::when_all(std::move(tasks));
    EXPECT_EQ(values, (std::vector{0, 1, 2, 3, 4}));
    EXPECT_TRUE((co_await co::when_all(std::vector<Task<int>>())).empty());
    co_await co::when_all(co::sleep(loop, 1ms), co::yield(loop));
  });
}

TEST_F(WhenTest, AllReturnsAtOnceIfNothingWaits) {
  const auto at_once = [](int value) -> Task<std::unique_ptr<int>> {
    co_return std::make_unique<int>(value);
  };
  const auto sum = co::run(loop, [&]() -> Task<int> {
    auto [a, b] = co_await co::when_all(at_once(1), at_once(2));
    co_return *a + *b;
  });
  EXPECT_EQ(sum, 3);
}

TEST_F(WhenTest, AllThrowsTheFirstExceptionAndStopsTheOthers) {
  co::run(loop, [&]() -> Task<> {
    auto other = logging([&]() -> Task<> { co_await co::sleep(loop, 1h); });
    try {
      co_await co::when_all(other(), fails(loop, 1ms, "first"), fails(loop, 1h, "second"));
      log.add("returned");
    } catch (const std::runtime_error& error) {
      log.add(error.what());
    }
  });
  EXPECT_EQ(log.take(), "!ABORT_ERR first");
}

TEST_F(WhenTest, AnyReturnsTheFirstAndStopsTheOthers) {
  co::run(loop, [&]() -> Task<> {
    auto slow = logging([&]() -> Task<> { co_await co::sleep(loop, 1h); });
    const auto first = co_await co::when_any(slow(), number(loop, 7, 1ms), co::sleep(loop, 1h));
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(std::get<1>(first), 7);
    log.add("first");

    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(number(loop, i, i == 3 ? 1ms : 1h));
    const auto [index, value] = co_await co::when_any(std::move(tasks));
    EXPECT_EQ(index, 3u);
    EXPECT_EQ(value, 3);
  });
  EXPECT_EQ(log.take(), "!ABORT_ERR first");
}

TEST_F(WhenTest, AnyThrowsTheExceptionOfTheFirst) {
  EXPECT_THROW(co::run(loop,
                       [&]() -> Task<> {
                         co_await co::when_any(number(loop, 1, 1h), fails(loop, 1ms, "first"));
                       }),
               std::runtime_error);
}

TEST_F(WhenTest, AStopOfTheOuterTaskStopsAllBranches) {
  auto branch = logging([&]() -> Task<> { co_await co::sleep(loop, 1h); });
  spawn([&]() -> Task<> {
    co_await co::when_all(branch(), branch(), number(loop, 1, 1h));
    log.add("returned");
  });
  spawn([&]() -> Task<> { co_await co::when_any(number(loop, 1, 1h), number(loop, 1, 1h)); });
  loop.set_timeout(1ms, [&] { stop.request_stop(); });
  EXPECT_EQ(after_run(), "!ABORT_ERR !ABORT_ERR !ABORT_ERR !ABORT_ERR");
}

TEST_F(WhenTest, BranchesAreDestroyedWithATaskThatWaitsForThem) {
  const auto shared = std::make_shared<int>(1);
  const auto keeps = [](Loop& on, std::shared_ptr<int>) -> Task<> { co_await co::sleep(on, 1h); };
  loop.next_tick([] { throw std::runtime_error("of a tick"); });
  EXPECT_THROW(co::run(loop,
                       [&]() -> Task<> {
                         co_await co::when_all(
                             keeps(loop, shared),
                             co::when_any(keeps(loop, shared), keeps(loop, shared)));
                       }),
               std::runtime_error);
  EXPECT_EQ(shared.use_count(), 1);
  loop.run();
}

TEST_F(WhenTest, ManyBranchesInTurnTakeNoStack) {
  const auto at_once = [](int value) -> Task<int> { co_return value; };
  const int sum = co::run(loop, [&]() -> Task<int> {
    int total = 0;
    for (int i = 0; i < 100'000; ++i) {
      const auto [a, b] = co_await co::when_all(at_once(1), at_once(1));
      total += a + b;
    }
    co_return total;
  });
  EXPECT_EQ(sum, 200'000);
}

}  // namespace
}  // namespace weir
