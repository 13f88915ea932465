#include <weir/coro/producer.h>

#include "support/coro_test.h"
#include <weir/coro/try.h>
#include <weir/testing/manual_sink.h>

#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

class CoroProducerTest : public test::CoroTest {
 protected:
  Ref<Writable> open() {
    auto stream = Writable::make(loop, sink.device({.write = true}), SinkTraits{.write = true}, {});
    stream->on<Error>([](const Error&) {});
    return stream;
  }
  std::string after_turns() {
    for (int i = 0; i < 4; ++i) loop.poll();
    return log.take();
  }
  std::string after_write() {
    sink.complete("write");
    return after_turns();
  }

  test::ManualSink<Chunk> sink{log};
};

TEST_F(CoroProducerTest, ARecordThatFitsNeedNotWait) {
  const Producer producer(loop, open());
  spawn([&]() -> Task<> {
    co_await co::write(loop, producer, "a");
    co_await co::print(loop, producer, "{}", 1);
    log.add("accepted");
  });
  EXPECT_EQ(log.take(), "accepted");
  EXPECT_EQ(after_turns(), "_write(a1)");
}

TEST_F(CoroProducerTest, WaitsForRoomWithoutBlockingTheLoop) {
  const Producer producer(loop, open(), {.capacity = 4});
  spawn([&]() -> Task<> {
    co_await co::write(loop, producer, "1234");
    log.add("first");
    co_await co::print(loop, producer, "{}", 5678);
    log.add("second");
  });
  EXPECT_EQ(after_turns(), "first _write(1234)");
  EXPECT_EQ(after_write(), "second _write(5678)");
}

TEST_F(CoroProducerTest, TheRecordsOfOneLoopKeepTheOrderOfTheCalls) {
  const Producer producer(loop, open(), {.capacity = 4});
  producer.try_write("1234");
  spawn([&]() -> Task<> { co_await co::write(loop, producer, "abcd"); });
  spawn([&]() -> Task<> { co_await co::write(loop, producer, "e"); });
  EXPECT_FALSE(producer.try_write("f"));
  EXPECT_EQ(after_turns(), "_write(1234)");
  EXPECT_EQ(after_write(), "_write(abcd)");
  EXPECT_EQ(after_write(), "_write(e)");
}

TEST_F(CoroProducerTest, AStopWithdrawsTheRecord) {
  const Producer producer(loop, open(), {.capacity = 4});
  producer.try_write("1234");
  spawn([&]() -> Task<> { co_await co::write(loop, producer, "abcd"); });
  after_turns();
  stop.request_stop();
  EXPECT_EQ(after_turns(), "!ABORT_ERR");
  EXPECT_EQ(after_write(), "");
  EXPECT_TRUE(producer.try_write("5678"));
}

TEST_F(CoroProducerTest, ACoroutineThatIsDestroyedWithdrawsItsRecord) {
  const Producer producer(loop, open(), {.capacity = 4});
  producer.try_write("1234");
  {
    const internal::RecordAwaiter awaiter = co::write(loop, producer, "efgh");
    EXPECT_FALSE(awaiter.await_ready());
  }
  after_turns();
  EXPECT_EQ(after_write(), "");
}

TEST_F(CoroProducerTest, TheEndOfTheProducerIsThrown) {
  const Producer producer(loop, open(), {.capacity = 4});
  producer.try_write("1234");
  spawn([&]() -> Task<> { co_await co::write(loop, producer, "abcd"); });
  after_turns();
  producer.end();
  EXPECT_EQ(after_turns(), "!ERR_STREAM_WRITE_AFTER_END");
  spawn([&]() -> Task<> { co_await co::write(loop, producer, "abcd"); });
  EXPECT_EQ(after_turns(), "!ERR_STREAM_WRITE_AFTER_END");
  EXPECT_EQ(after_write(), "");
}

TEST_F(CoroProducerTest, ARecordLargerThanTheCapacityIsThrown) {
  const Producer producer(loop, open(), {.capacity = 4});
  spawn([&]() -> Task<> { co_await co::write(loop, producer, "12345"); });
  EXPECT_EQ(after_turns(), "!ERR_BUFFER_TOO_LARGE");
}

TEST_F(CoroProducerTest, ContinuesOnItsOwnLoop) {
  constexpr int kLoops = 4;
  constexpr int kRecords = 200;
  sink.automatic = true;
  sink.keep_chunks();
  std::vector<std::jthread> threads;
  {
    const Producer producer(loop, open(), {.capacity = 64});
    for (int i = 0; i < kLoops; ++i)
      threads.emplace_back([producer, i] {
        Loop own;
        const auto writes = [&]() -> Task<> {
          for (int number = 0; number < kRecords; ++number) {
            co_await co::print(own, producer, "{}:{}\n", i, number);
            EXPECT_TRUE(own.ticks().is_current());
          }
        };
        co::run(own, writes());
      });
  }
  loop.run();
  threads.clear();
  std::string text;
  for (const Chunk& chunk : sink.chunks()) text += chunk.text();
  std::vector<int> next(kLoops);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    ASSERT_NE(end, std::string::npos);
    const std::size_t loop_number = text[0] - '0';
    EXPECT_EQ(text.substr(0, end),
              std::to_string(loop_number) + ":" + std::to_string(next[loop_number]++));
    text.erase(0, end + 1);
  }
  for (const int count : next) EXPECT_EQ(count, kRecords);
}

TEST_F(CoroProducerTest, TheDestructionOfEitherLoopEndsTheWait) {
  // Of the coroutine's.
  const Producer producer(loop, open(), {.capacity = 4});
  producer.try_write("1234");
  {
    Loop other;
    co::spawn(other, logging([&]() -> Task<> { co_await co::write(other, producer, "abcd"); }));
    other.poll();
  }
  EXPECT_EQ(log.take(), "!ABORT_ERR");
  // Of the Producer's.
  std::optional<Loop> own(std::in_place);
  own->on_warning([](const Warning&) {});
  const Producer of_own(*own, Writable::make(*own, {.write = [](const Chunk&, const Done&) {}}),
                        {.capacity = 4});
  of_own.try_write("1234");
  spawn([&]() -> Task<> { co_await co::write(loop, of_own, "abcd"); });
  testing::internal::CaptureStderr();
  own.reset();
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(after_turns(), "_write(1234) !ABORT_ERR");
}

}  // namespace
}  // namespace weir
