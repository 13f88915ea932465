#include <weir/coro/task.h>

#include "support/coro_test.h"
#include <weir/coro/generator.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace weir {
namespace {

using namespace std::chrono_literals;
using TaskTest = test::CoroTest;

Task<int> number(int value) { co_return value; }
Task<int> number_later(Loop& loop, int value) {
  co_await co::sleep(loop, 1ms);
  co_return value;
}
Task<> fails(const char* message) {
  throw std::runtime_error(message);
  co_return;
}

TEST_F(TaskTest, ReturnsItsValue) { EXPECT_EQ(co::run(loop, number(7)), 7); }

TEST_F(TaskTest, ReturnsAValueThatCanOnlyBeMoved) {
  const auto value = co::run(loop, [&]() -> Task<std::unique_ptr<int>> {
    co_await co::sleep(loop, 1ms);
    co_return std::make_unique<int>(7);
  });
  EXPECT_EQ(*value, 7);
}

TEST_F(TaskTest, ReturnsAReference) {
  int place = 0;
  int& returned = co::run(loop, [&]() -> Task<int&> { co_return place; });
  EXPECT_EQ(&returned, &place);
}

TEST_F(TaskTest, DoesNotRunBeforeItIsAwaited) {
  auto task = [](test::EventLog& to) -> Task<> {
    to.add("ran");
    co_return;
  }(log);
  EXPECT_EQ(log.take(), "");
  co::run(loop, std::move(task));
  EXPECT_EQ(log.take(), "ran");
}

TEST_F(TaskTest, NeverRunsIfItIsDestroyedBefore) {
  {
    const auto task = [](test::EventLog& to) -> Task<> {
      to.add("ran");
      co_return;
    }(log);
  }
  EXPECT_EQ(log.take(), "");
}

TEST_F(TaskTest, ItsExceptionLeavesTheAwait) {
  co::run(loop, [&]() -> Task<> {
    try {
      co_await fails("at once");
    } catch (const std::runtime_error& error) {
      log.add(error.what());
    }
  });
  EXPECT_EQ(log.take(), "at once");
}

TEST_F(TaskTest, RunThrowsItsException) {
  EXPECT_THROW(co::run(loop, fails("x")), std::runtime_error);
  EXPECT_THROW(co::run(loop,
                       [&]() -> Task<> {
                         co_await co::sleep(loop, 1ms);
                         throw Error("later");
                       }),
               Error);
}

TEST_F(TaskTest, AwaitsOthersInALoopWithoutStack) {
  const int sum = co::run(loop, [&]() -> Task<int> {
    int total = 0;
    for (int i = 0; i < 1'000'000; ++i) total += co_await number(1);
    co_return total;
  });
  EXPECT_EQ(sum, 1'000'000);
}

TEST_F(TaskTest, ContinuesInOneLoopWhetherOthersWaitOrNot) {
  const int sum = co::run(loop, [&]() -> Task<int> {
    int total = 0;
    for (int i = 0; i < 20'000; ++i) {
      total += co_await number(1);
      if (i % 1000 == 0) total += co_await number_later(loop, 1);
    }
    co_return total;
  });
  EXPECT_EQ(sum, 20'020);
}

TEST_F(TaskTest, DestroysItsLocalsWhenItIsDestroyedWhileItWaits) {
  const auto shared = std::make_shared<int>(1);
  loop.next_tick([] { throw std::runtime_error("of a tick"); });
  EXPECT_THROW(co::run(loop,
                       [&, shared]() -> Task<> {
                         const auto kept = shared;
                         co_await co::sleep(loop, 1h);
                       }),
               std::runtime_error);
  EXPECT_EQ(shared.use_count(), 1);
  loop.run();  // the timer of the sleep has been removed as well
}

TEST_F(TaskTest, TwoAwaitsOfOneTaskAreDetected) {
  const auto twice = [&] {
    co::run(loop, []() -> Task<> {
      auto task = number(1);
      co_await std::move(task);
      co_await std::move(task);
    });
  };
  EXPECT_DEATH(twice(), "requirement failed|task_");
}

TEST_F(TaskTest, AGeneratorYieldsValues) {
  const auto numbers = [](Loop& on) -> Generator<int> {
    for (int i = 0; i < 4; ++i) {
      if (i % 2 == 1) co_await co::sleep(on, 1ms);
      co_yield i;
    }
  };
  co::run(loop, [&]() -> Task<> {
    auto all = numbers(loop);
    while (const auto value = co_await all.next()) log.add(std::to_string(*value));
    EXPECT_EQ(co_await all.next(), std::nullopt);
  });
  EXPECT_EQ(log.take(), "0 1 2 3");
}

TEST_F(TaskTest, AGeneratorYieldsLvaluesAndValuesThatCanOnlyBeMoved) {
  co::run(loop, [&]() -> Task<> {
    auto strings = []() -> Generator<std::string> {
      const std::string kept = "a long string that is on the heap, surely";
      co_yield kept;
      co_yield kept + "!";
      std::string given = "given away, and long enough for the heap, too";
      co_yield std::move(given);
    }();
    std::size_t length = 0;
    while (const auto text = co_await strings.next()) length += text->size();
    EXPECT_EQ(length, 41u + 42u + 45u);

    auto pointers = []() -> Generator<std::unique_ptr<int>> {
      co_yield std::make_unique<int>(1);
      co_yield std::make_unique<int>(2);
    }();
    EXPECT_EQ(**co_await pointers.next(), 1);
    EXPECT_EQ(**co_await pointers.next(), 2);
    EXPECT_FALSE(co_await pointers.next());
  });
}

TEST_F(TaskTest, AGeneratorsExceptionLeavesNext) {
  co::run(loop, [&]() -> Task<> {
    auto values = []() -> Generator<int> {
      co_yield 1;
      throw std::runtime_error("no more");
    }();
    EXPECT_EQ(co_await values.next(), 1);
    try {
      co_await values.next();
      log.add("a value");
    } catch (const std::runtime_error& error) {
      log.add(error.what());
    }
    EXPECT_EQ(co_await values.next(), std::nullopt);
  });
  EXPECT_EQ(log.take(), "no more");
}

TEST_F(TaskTest, AGeneratorThatIsDestroyedEarlyDestroysItsLocals) {
  const auto shared = std::make_shared<int>(1);
  co::run(loop, [&]() -> Task<> {
    auto values = [](std::shared_ptr<int> kept) -> Generator<int> {
      while (true) co_yield *kept;
    }(shared);
    EXPECT_EQ(co_await values.next(), 1);
    EXPECT_EQ(shared.use_count(), 2);
  });
  EXPECT_EQ(shared.use_count(), 1);
}

TEST_F(TaskTest, AGeneratorYieldsAMillionValuesWithoutStack) {
  const int sum = co::run(loop, []() -> Task<int> {
    auto ones = []() -> Generator<int> {
      for (int i = 0; i < 1'000'000; ++i) co_yield 1;
    }();
    int total = 0;
    while (const auto one = co_await ones.next()) total += *one;
    co_return total;
  });
  EXPECT_EQ(sum, 1'000'000);
}

}  // namespace
}  // namespace weir
