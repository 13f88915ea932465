#include <weir/stream/operators.h>

#include "support/event_log.h"
#include <weir/event/tick_queue.h>
#include <weir/stream/object_readable.h>
#include <weir/stream/object_writable.h>
#include <weir/stream/pass_through.h>
#include <weir/stream/readable.h>

#include <concepts>
#include <functional>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using Numbers = ObjectReadable<int>;

// An endless source that counts from 1 and logs reads and its destruction; or one that pushes when
// the test does.
class OperatorsTest : public testing::Test {
 protected:
  void TearDown() override {
    ticks.drain();
    ticks.close();
    EXPECT_EQ(alive, 0) << "a stream was leaked";
  }

  struct Counter : ObjectSource<int> {
    explicit Counter(OperatorsTest& owner) : test(owner) { ++test.alive; }
    ~Counter() override { --test.alive; }
    void read(Numbers& stream, std::size_t) override {
      test.log.add(fmt::format("read{}", ++next));
      if (test.automatic) stream.push(next);
    }
    void destroy(Error error, Done done) override {
      test.log.add("destroy", error);
      done(std::move(error));
    }
    OperatorsTest& test;
    int next = 0;
  };

  Ref<Numbers> counter(const ReadableOptions& options = {.high_water_mark = 1}) {
    return Numbers::make(ticks, std::make_unique<Counter>(*this), options);
  }
  Ref<Numbers> numbers(int count) { return Numbers::from(ticks, std::views::iota(1, count + 1)); }

  // Logs the outcome of a consumer.
  template <class T>
  auto result() {
    return [this](const Error& error, T value) { log.add(fmt::format("{}", value), error); };
  }
  auto values() { return result<std::vector<int>>(); }

  std::string after_ticks() {
    ticks.drain();
    return log.take();
  }

  test::EventLog log;
  bool automatic = true;
  int alive = 0;
  TickQueue ticks;
};

constexpr auto kTwice = [](int value) { return 2 * value; };
constexpr auto kIsEven = [](int value) { return value % 2 == 0; };

TEST_F(OperatorsTest, ChainsAsInNode) {
  numbers(10)
      ->filter(kIsEven)
      ->map([](int value) { return fmt::format("#{}", value); })
      ->drop(1)
      ->take(3)
      ->to_vector(result<std::vector<std::string>>());
  EXPECT_EQ(after_ticks(), R"(["#4", "#6", "#8"])");
}

TEST_F(OperatorsTest, MapTypesItsResultByItsFunction) {
  auto stream = numbers(1);
  auto names = stream->map([](int value) { return fmt::to_string(value); });
  static_assert(std::same_as<decltype(names), Ref<ObjectReadable<std::string>>>);
  auto same = stream->filter(kIsEven);
  static_assert(std::same_as<decltype(same), Ref<Numbers>>);
  auto bytes = stream->map([](int) { return Buffer::literal("x"); });
  static_assert(std::same_as<decltype(bytes), Ref<Readable>>);
}

TEST_F(OperatorsTest, WorksOnBytes) {
  auto source = Readable::make(ticks, {.read = [](Readable& stream, std::size_t) {
                                 stream.push("ab");
                                 stream.push(nullptr);
                               }});
  source->map([](const Chunk& chunk) { return Buffer::copy(fmt::format("<{}>", chunk.text())); })
      ->to_vector([&](const Error& error, std::vector<Chunk> chunks) {
        log.add(chunks.at(0).text(), error);
      });
  EXPECT_EQ(after_ticks(), "<ab>");
}

TEST_F(OperatorsTest, CarriesValuesThatCanOnlyBeMoved) {
  std::vector<std::unique_ptr<int>> owners;
  owners.push_back(std::make_unique<int>(1));
  owners.push_back(std::make_unique<int>(2));
  numbers(2)
      ->map([](int value) { return std::make_unique<int>(value); })
      ->filter([](const std::unique_ptr<int>& value) { return *value == 2; })
      ->map([](std::unique_ptr<int> value) { return *value; })
      ->to_vector(values());
  EXPECT_EQ(after_ticks(), "[2]");
}

TEST_F(OperatorsTest, FlatMapPushesEachValueOfEachRange) {
  numbers(4)
      ->flat_map([](int count) { return std::vector<int>(count % 2 == 0 ? 0 : count, count); })
      ->to_vector(values());
  EXPECT_EQ(after_ticks(), "[1, 3, 3, 3]");
}

// In Node the function gets the next value after that.
TEST_F(OperatorsTest, FunctionsGetTheNextValueWhileTheLastResultIsRead) {
  const auto log_call = [this](int value) { log.add(fmt::format("f{}", value)); };
  const auto log_value = [this](int value) { log.add(fmt::format("v{}", value)); };
  const auto over = [](const Error&) {};
  numbers(3)
      ->flat_map([&](int value) {
        log_call(value);
        return std::vector{value, 10 * value};
      })
      ->for_each(log_value, over);
  EXPECT_EQ(after_ticks(), "f1 v1 f2 v10 v2 f3 v20 v3 v30");
  numbers(3)
      ->map([&](int value) {
        log_call(value);
        return value;
      })
      ->for_each(log_value, over);
  EXPECT_EQ(after_ticks(), "f1 f2 v1 f3 v2 v3");
}

TEST_F(OperatorsTest, FlatMapLeavesTheValuesOfAViewWhereTheyAre) {
  const std::vector<std::string> words{"a long enough word to be moved from"};
  auto again = words;
  numbers(2)
      ->flat_map([&](int) { return std::views::all(again); })
      ->to_vector([&](const Error&, std::vector<std::string> all) { EXPECT_EQ(all.size(), 2u); });
  ticks.drain();
  EXPECT_EQ(again, words);
}

TEST_F(OperatorsTest, FlatMapReadsOnOnlyWhenARangeIsUsedUp) {
  const auto flat = counter()->flat_map([](int n) { return std::vector{n, -n, 0}; });
  EXPECT_EQ(flat->read(), 1);
  EXPECT_EQ(after_ticks(), "read1 read2");  // the second is in the source's own buffer
  EXPECT_EQ(flat->read(), -1);
  EXPECT_EQ(after_ticks(), "");
  EXPECT_EQ(flat->read(), 0);
  EXPECT_EQ(after_ticks(), "read3");
  EXPECT_EQ(flat->read(), 2);
}

TEST_F(OperatorsTest, ReadsNothingBeforeItIsRead) {
  const auto result = counter()->map(kTwice)->filter(kIsEven)->take(5);
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(OperatorsTest, ReadsAheadNoFurtherThanTheMarks) {
  const auto result = counter()->map(kTwice);
  EXPECT_EQ(result->read(), 2);
  EXPECT_EQ(after_ticks(), "read1 read2 read3");  // one value in each buffer, and the one read
  EXPECT_EQ(result->readable_length(), 1u);
  EXPECT_EQ(result->read(), 4);
  EXPECT_EQ(after_ticks(), "read4");
}

TEST_F(OperatorsTest, HoldsTheSourceBackWhileTheResultIsPaused) {
  std::vector<int> taken;
  const auto result = counter()->map(kTwice);
  result->on<DataOf<int>>([&](const DataOf<int>& data) {
    taken.push_back(data.chunk);
    if (taken.size() == 3) result->pause();
  });
  ticks.drain();
  EXPECT_EQ(taken, (std::vector{2, 4, 6}));
  log.take();
  EXPECT_EQ(after_ticks(), "");
}

TEST_F(OperatorsTest, TakeEndsEarlyAndDestroysTheSource) {
  counter()->take(2)->to_vector(values());
  EXPECT_EQ(after_ticks(), "read1 read2 destroy(ABORT_ERR) [1, 2]");
}

TEST_F(OperatorsTest, TakeOfNothingReadsOneValueAsNodeDoes) {
  counter()->take(0)->to_vector(values());
  EXPECT_EQ(after_ticks(), "read1 destroy(ABORT_ERR) []");
}

TEST_F(OperatorsTest, DropOfMoreThanThereIsLeavesNothing) {
  numbers(3)->drop(5)->to_vector(values());
  EXPECT_EQ(after_ticks(), "[]");
}

TEST_F(OperatorsTest, TheSourcesErrorFailsTheResult) {
  const auto source = counter();
  const auto result = source->map(kTwice)->filter(kIsEven);
  result->on<Error>([&](const Error& error) { log.add("error", error); });
  source->destroy(Error("broken"));
  EXPECT_EQ(after_ticks(), "destroy(broken) error(broken)");
  EXPECT_TRUE(result->destroyed());
}

TEST_F(OperatorsTest, ASourceThatClosesTooEarlyFailsTheResult) {
  const auto source = counter();
  source->map(kTwice)->to_vector(values());
  source->destroy();
  EXPECT_EQ(after_ticks(), "destroy [](ERR_STREAM_PREMATURE_CLOSE)");
}

TEST_F(OperatorsTest, AResultThatIsDestroyedDestroysItsSource) {
  const auto source = counter();
  const auto result = source->map(kTwice)->filter(kIsEven);
  result->destroy(Error("enough"));
  result->on<Error>([&](const Error& error) { log.add("error", error); });
  EXPECT_EQ(after_ticks(), "destroy(ABORT_ERR) error(enough)");
  EXPECT_TRUE(source->destroyed());
  EXPECT_EQ(source->errored().code(), Errc::aborted);
}

TEST_F(OperatorsTest, AResultThatIsDroppedDestroysItsSource) {
  const auto source = counter();
  source->map(kTwice)->filter(kIsEven);
  EXPECT_EQ(after_ticks(), "destroy(ABORT_ERR)");
}

TEST_F(OperatorsTest, AFunctionThatThrowsFailsTheResult) {
  const auto source = counter();
  source
      ->map([](int value) {
        if (value == 2) throw std::runtime_error("two");
        return value;
      })
      ->to_vector(values());
  EXPECT_EQ(after_ticks(), "read1 read2 destroy(ABORT_ERR) [1](two)");
  EXPECT_EQ(source->errored().code(), Errc::aborted);
}

TEST_F(OperatorsTest, AFunctionThatThrowsLaterFailsTheResultToo) {
  automatic = false;
  const auto source = counter();
  source->filter([](int) -> bool { throw Error("no"); })->to_vector(values());
  EXPECT_EQ(after_ticks(), "read1");
  source->push(1);
  EXPECT_EQ(after_ticks(), "read2 destroy(ABORT_ERR) [](no)");
}

TEST_F(OperatorsTest, AStopFailsTheResultAndDestroysTheSource) {
  std::stop_source stop;
  const auto result = counter()->map(kTwice, stop.get_token());
  result->on<Error>([&](const Error& error) { log.add("error", error); });
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "destroy(ABORT_ERR) error(ABORT_ERR)");
}

TEST_F(OperatorsTest, AStopEndsAConsumer) {
  automatic = false;
  std::stop_source stop;
  const auto source = counter();
  source->to_vector(values(), stop.get_token());
  ticks.drain();
  source->push(1);
  EXPECT_EQ(after_ticks(), "read1 read2");
  stop.request_stop();
  EXPECT_EQ(after_ticks(), "destroy(ABORT_ERR) [1](ABORT_ERR)");
}

TEST_F(OperatorsTest, AStopThatWasRequestedIsNoticed) {
  std::stop_source stop;
  stop.request_stop();
  counter()->to_vector(values(), stop.get_token());
  EXPECT_EQ(after_ticks(), "destroy(ABORT_ERR) [](ABORT_ERR)");
}

TEST_F(OperatorsTest, WaitsForASourceThatPushesLater) {
  automatic = false;
  const auto source = counter();
  source->map(kTwice)->for_each([&](int value) { log.add(fmt::to_string(value)); },
                                log.callback("done"));
  EXPECT_EQ(after_ticks(), "read1");
  source->push(1);
  EXPECT_EQ(after_ticks(), "read2 2");
  source->push(2);
  EXPECT_EQ(after_ticks(), "read3 4");
  source->push(nullptr);
  EXPECT_EQ(after_ticks(), "destroy done");
}

TEST_F(OperatorsTest, IsDestroyedWithASourceThatIsDroppedWhileItIsReadFrom) {
  automatic = false;
  auto source = counter();
  source->map(kTwice)->to_vector(values());
  EXPECT_EQ(after_ticks(), "read1");
  source = nullptr;
  EXPECT_EQ(after_ticks(), "destroy [](ERR_STREAM_PREMATURE_CLOSE)");
}

TEST_F(OperatorsTest, NoticesASourceThatClosesWithoutAnEvent) {
  automatic = false;
  auto source = counter({.high_water_mark = 1, .auto_destroy = false});
  const auto result = source->map(kTwice);
  result->on<Error>([&](const Error& error) { log.add("error", error); });
  result->read();
  ticks.drain();
  log.take();
  source = nullptr;
  EXPECT_EQ(after_ticks(), "error(ERR_STREAM_PREMATURE_CLOSE)");
}

TEST_F(OperatorsTest, KeepsTheSourceWhileItIsNotReadFrom) {
  auto result = counter()->map(kTwice);
  EXPECT_EQ(result->read(), 2);
  ticks.drain();
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(result->read(), 4);
}

TEST_F(OperatorsTest, AFunctionMayDestroyTheResult) {
  Ref<Numbers> result;
  result = counter()->map([&](int value) {
    if (value == 2) result->destroy();
    return value;
  });
  result->on<DataOf<int>>([&](const DataOf<int>& data) { log.add(fmt::to_string(data.chunk)); });
  EXPECT_EQ(after_ticks(), "read1 read2 destroy(ABORT_ERR) 1");
  result = nullptr;
}

TEST_F(OperatorsTest, AFunctionMayDestroyTheSource) {
  auto source = counter();
  source
      ->map([&](int value) {
        if (value == 2) std::exchange(source, nullptr)->destroy();
        return value;
      })
      ->to_vector(values());
  EXPECT_EQ(after_ticks(), "read1 read2 destroy [1, 2](ERR_STREAM_PREMATURE_CLOSE)");
}

TEST_F(OperatorsTest, AListenerMayDropTheResult) {
  Ref<Numbers> result = counter()->map(kTwice);
  result->on<DataOf<int>>([&](const DataOf<int>&) {
    result->pause();
    result = nullptr;
  });
  result->resume();
  EXPECT_EQ(after_ticks(), "read1 read2 read3 destroy(ABORT_ERR)");
}

TEST_F(OperatorsTest, TheRestOfARangeOutlivesTheSource) {
  const auto flat = numbers(1)->flat_map([](int) { return std::vector{1, 2, 3, 4}; });
  EXPECT_EQ(flat->read(), 1);
  ticks.drain();
  EXPECT_EQ(flat->read(), 2);
  ticks.drain();
  EXPECT_EQ(flat->read(), 3);
  EXPECT_EQ(flat->read(), 4);
  flat->on<End>([&] { log.add("end"); });
  flat->resume();
  EXPECT_EQ(after_ticks(), "end");
}

TEST_F(OperatorsTest, ItsResultIsPipedAtTheDestinationsPace) {
  std::vector<Done> writes;
  const auto destination = ObjectWritable<int>::make(ticks,
                                                     {.write =
                                                          [&](int value, Done done) {
                                                            log.add(fmt::format("write{}", value));
                                                            writes.push_back(std::move(done));
                                                          }},
                                                     {.high_water_mark = 1});
  counter()->map(kTwice)->take(3)->pipe(destination);
  EXPECT_EQ(after_ticks(), "read1 read2 write2 read3 read4");  // one value in each buffer
  std::exchange(writes, {}).front()();
  EXPECT_EQ(after_ticks(), "read5 destroy(ABORT_ERR) write4");
  std::exchange(writes, {}).front()();
  EXPECT_EQ(after_ticks(), "write6");
  std::exchange(writes, {}).front()();
  ticks.drain();
  EXPECT_TRUE(destination->closed());
}

TEST_F(OperatorsTest, DestroysADuplexThatItHasReadToItsEnd) {
  const auto duplex = ObjectDuplex<int, int>::make(
      ticks, {.read = [](Numbers& stream, std::size_t) { stream.push(nullptr); },
              .write = [](int, Done done) { done(); }});
  duplex->to_vector(values());
  EXPECT_EQ(after_ticks(), "[]");
  EXPECT_TRUE(duplex->destroyed());
}

TEST_F(OperatorsTest, ReadsATransform) {
  const auto stream = ObjectPassThrough<int>::make(ticks);
  stream->map(kTwice)->to_vector(values());
  for (int i = 1; i <= 3; ++i) stream->write(i);
  stream->end();
  EXPECT_EQ(after_ticks(), "[2, 4, 6]");
}

TEST_F(OperatorsTest, ForEachCallsBackWhenAllIsRead) {
  int sum = 0;
  numbers(4)->for_each([&](int value) { sum += value; }, log.callback("done"));
  EXPECT_EQ(sum, 0) << "not before the next tick";
  EXPECT_EQ(after_ticks(), "done");
  EXPECT_EQ(sum, 10);
}

TEST_F(OperatorsTest, ForEachStopsAtAFunctionThatThrows) {
  counter()->for_each([](int) { throw Error("no"); }, log.callback("done"));
  EXPECT_EQ(after_ticks(), "read1 read2 destroy(ABORT_ERR) done(no)");
}

TEST_F(OperatorsTest, ForEachTakesOneValueAfterTheOther) {
  automatic = false;
  const auto source = counter({});
  source->for_each(
      [&](int value) {
        log.add(fmt::format("({}", value));
        if (value == 1) {
          source->push(2);
          source->push(nullptr);
        }
        log.add(fmt::format("{})", value));
      },
      log.callback("done"));
  ticks.drain();
  source->push(1);
  EXPECT_EQ(after_ticks(), "read1 read2 (1 1) (2 2) destroy done");
}

TEST_F(OperatorsTest, AnExceptionOfACallbackIsNotItsStreamsError) {
  numbers(1)->to_vector([](const Error&, std::vector<int>) { throw std::logic_error("mine"); });
  EXPECT_THROW(ticks.drain(), std::logic_error);
  counter()->find(kIsEven, [](const Error&, std::optional<int>) { throw std::logic_error("too"); });
  EXPECT_THROW(ticks.drain(), std::logic_error);
}

TEST_F(OperatorsTest, ReduceFoldsFromItsInitialValue) {
  numbers(4)->reduce(
      std::string("0"),
      [](std::string so_far, int value) { return so_far + fmt::to_string(value); },
      result<std::string>());
  EXPECT_EQ(after_ticks(), "01234");
  numbers(0)->reduce(7, std::plus<>(), result<int>());
  EXPECT_EQ(after_ticks(), "7");
}

TEST_F(OperatorsTest, SomeStopsAtTheFirst) {
  counter()->some(kIsEven, result<bool>());
  EXPECT_EQ(after_ticks(), "read1 read2 read3 destroy(ABORT_ERR) true");
  numbers(3)->some([](int value) { return value > 3; }, result<bool>());
  EXPECT_EQ(after_ticks(), "false");
}

TEST_F(OperatorsTest, EveryStopsAtTheFirstThatIsNot) {
  counter()->every(kIsEven, result<bool>());
  EXPECT_EQ(after_ticks(), "read1 read2 destroy(ABORT_ERR) false");
  numbers(3)->every([](int value) { return value < 4; }, result<bool>());
  EXPECT_EQ(after_ticks(), "true");
}

TEST_F(OperatorsTest, FindReturnsTheFirstMatchOrNone) {
  const auto answer = [this](const Error& error, std::optional<int> value) {
    log.add(value ? fmt::to_string(*value) : "nothing", error);
  };
  counter()->find(kIsEven, answer);
  EXPECT_EQ(after_ticks(), "read1 read2 read3 destroy(ABORT_ERR) 2");
  numbers(3)->find([](int value) { return value > 3; }, answer);
  EXPECT_EQ(after_ticks(), "nothing");
}

TEST_F(OperatorsTest, AHundredThousandValuesNeedNoDeepStack) {
  numbers(100'000)
      ->filter(kIsEven)
      ->map([](int value) { return static_cast<long>(value); })
      ->reduce(0L, std::plus<>(), result<long>());
  EXPECT_EQ(after_ticks(), "2500050000");
}

}  // namespace
}  // namespace weir
