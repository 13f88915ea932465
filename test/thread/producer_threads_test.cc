// Producers on 1 to 64 threads: no record is lost, torn or out of its thread's order, and no thread
// waits forever. For the thread sanitizer as well.
#include "support/thread_state.h"
#include "thread/collecting_sink.h"
#include <weir/thread/producer.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <deque>
#include <fstream>
#include <iterator>
#include <latch>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace weir {
namespace {

using std::chrono_literals::operator""h;
using test::CollectingSink;

constexpr int kThreadCounts[] = {1, 2, 3, 4, 8, 16, 64};

class ProducerThreadsTest : public testing::Test {
 protected:
  ~ProducerThreadsTest() override { sink->held.reset(); }

  Ref<Writable> open() {
    auto stream = Writable::make(loop, std::make_unique<CollectingSink>(sink));
    stream->on<Error>([](const Error&) {});
    return stream;
  }

  // Starts threads that call `work(thread)` once all of them run.
  template <class Work>
  static std::vector<std::jthread> start(int count, Work work) {
    auto all = std::make_shared<std::latch>(count);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < count; ++thread)
      threads.emplace_back([all, thread, work] {
        all->arrive_and_wait();
        work(thread);
      });
    return threads;
  }

  // A record: the thread, its number, and a text of a length that differs, so that a torn record
  // shows.
  static std::string record(int thread, int number) {
    return fmt::format("{} {} {}\n", thread, number, std::string((number * 7) % 90, 'x'));
  }

  // The numbers of each thread's records in the text, in order. Fails if a record is torn.
  static std::vector<std::vector<int>> parse(std::string_view text, int threads) {
    std::vector<std::vector<int>> numbers(threads);
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos) {
        ADD_FAILURE() << "the last record is torn: " << text;
        break;
      }
      const std::string_view line = text.substr(0, end + 1);
      text.remove_prefix(end + 1);
      int thread = -1;
      int number = -1;
      const char* const last = line.data() + line.size();
      const auto first = std::from_chars(line.data(), last, thread);
      if (first.ec == std::errc()) std::from_chars(first.ptr + 1, last, number);
      if (thread < 0 || thread >= threads || record(thread, number) != line) {
        ADD_FAILURE() << "a record is torn: " << line;
        break;
      }
      numbers[thread].push_back(number);
    }
    return numbers;
  }

  static void expect_all(const std::vector<std::vector<int>>& numbers, int each) {
    for (const std::vector<int>& of_thread : numbers) {
      ASSERT_EQ(of_thread.size(), static_cast<std::size_t>(each));
      for (int i = 0; i < each; ++i) ASSERT_EQ(of_thread[i], i);
    }
  }
  static void expect_ascending(const std::vector<std::vector<int>>& numbers) {
    for (const std::vector<int>& of_thread : numbers)
      for (std::size_t i = 1; i < of_thread.size(); ++i) ASSERT_LT(of_thread[i - 1], of_thread[i]);
  }

  // Waits, in another thread than the loop's, for something that a thread does on its own.
  template <class Condition>
  static void wait_until(Condition condition) {
    while (!condition()) std::this_thread::yield();
  }

  Loop loop;
  std::shared_ptr<CollectingSink::State> sink = std::make_shared<CollectingSink::State>();
};

TEST_F(ProducerThreadsTest, EveryRecordIsWrittenOnceAndInItsThreadsOrder) {
  for (const int count : kThreadCounts) {
    for (const std::size_t capacity : {128, 1000, 1 << 20}) {
      SCOPED_TRACE(fmt::format("{} threads, capacity {}", count, capacity));
      const int each = 2000 / count;
      *sink = {};
      std::vector<std::jthread> threads;
      {
        const Producer producer(loop, open(), {.capacity = capacity});
        threads = start(count, [producer, each](int thread) {
          for (int i = 0; i < each; ++i) EXPECT_TRUE(producer.write(record(thread, i)));
        });
      }
      loop.run();
      threads.clear();
      expect_all(parse(sink->text, count), each);
      EXPECT_LE(sink->most, capacity);
    }
  }
}

// A token passes from thread to thread, and each writes its record when it has the token.
TEST_F(ProducerThreadsTest, ARecordFollowsThoseThatWereAcceptedBeforeItsCallOnOtherThreads) {
  for (const int count : kThreadCounts) {
    for (const std::size_t capacity : {200, 1 << 20}) {
      SCOPED_TRACE(fmt::format("{} threads, capacity {}", count, capacity));
      constexpr int kRecords = 640;
      *sink = {};
      std::deque<std::binary_semaphore> has_token;
      for (int i = 0; i < count; ++i) has_token.emplace_back(i == 0 ? 1 : 0);
      std::vector<std::jthread> threads;
      {
        const Producer producer(loop, open(), {.capacity = capacity});
        threads = start(count, [producer, count, &has_token](int thread) {
          for (int number = thread; number < kRecords; number += count) {
            has_token[thread].acquire();
            EXPECT_TRUE(producer.write(record(0, number)));
            has_token[(thread + 1) % count].release();
          }
        });
      }
      loop.run();
      threads.clear();
      expect_all(parse(sink->text, 1), kRecords);
    }
  }
}

TEST_F(ProducerThreadsTest, PrintAndTryAndBlockMayBeMixed) {
  for (const int count : kThreadCounts) {
    SCOPED_TRACE(count);
    const int each = 1000 / count;
    sink->text.clear();
    std::vector<std::jthread> threads;
    {
      const Producer producer(loop, open(), {.capacity = 300});
      threads = start(count, [producer, each](int thread) {
        for (int i = 0; i < each; ++i) {
          const std::string text = record(thread, i);
          if (i % 3 == 0)
            while (!producer.try_write(text)) std::this_thread::yield();
          else if (i % 3 == 1)
            producer.print("{}", text);
          else
            producer.write(text);
          EXPECT_LE(producer.counts().queued_bytes, 300u);
        }
      });
    }
    loop.run();
    threads.clear();
    expect_all(parse(sink->text, count), each);
  }
}

TEST_F(ProducerThreadsTest, DroppedRecordsAreCountedAndTheRestIsInOrder) {
  for (const int count : kThreadCounts) {
    SCOPED_TRACE(count);
    const int each = 2000 / count;
    sink->text.clear();
    std::vector<std::jthread> threads;
    std::optional<Producer> producer(std::in_place, loop, open(),
                                     ProducerOptions{.capacity = 256, .when_full = WhenFull::drop});
    const Producer counted = *producer;
    std::atomic<std::uint64_t> accepted = 0;
    threads = start(count, [copy = *producer, each, &accepted](int thread) {
      for (int i = 0; i < each; ++i)
        if (copy.write(record(thread, i))) ++accepted;
    });
    std::jthread ends([&] {
      threads.clear();
      counted.end();
    });
    loop.run();
    ends.join();
    const auto numbers = parse(sink->text, count);
    expect_ascending(numbers);
    std::uint64_t written = 0;
    for (const std::vector<int>& of_thread : numbers) written += of_thread.size();
    const ProducerCounts counts = counted.counts();
    EXPECT_EQ(written, accepted);
    EXPECT_EQ(counts.written, written);
    EXPECT_EQ(counts.accepted + counts.dropped, static_cast<std::uint64_t>(each) * count);
  }
}

TEST_F(ProducerThreadsTest, TheNumbersOfDroppedRecordsAddUp) {
  sink->text.clear();
  std::vector<std::jthread> threads;
  const Producer producer(
      loop, open(),
      {.capacity = 64, .when_full = WhenFull::drop, .dropped_record = "dropped {}\n"});
  threads = start(4, [producer](int) {
    for (int i = 0; i < 1000; ++i) producer.write("a record of a log\n");
  });
  std::jthread ends([&] {
    threads.clear();
    producer.end();
  });
  loop.run();
  ends.join();
  std::uint64_t reported = 0;
  std::string_view text = sink->text;
  for (std::size_t at = 0; (at = text.find("dropped ", at)) != std::string_view::npos;) {
    at += 8;
    std::uint64_t number = 0;
    std::from_chars(text.data() + at, text.data() + text.size(), number);
    reported += number;
  }
  EXPECT_EQ(reported, producer.counts().dropped);
}

TEST_F(ProducerThreadsTest, BlockedThreadsContinueWhenTheStreamDoes) {
  for (const int count : kThreadCounts) {
    SCOPED_TRACE(count);
    sink->text.clear();
    sink->holds = true;
    std::atomic<int> over = 0;
    const Producer producer(loop, open(), {.capacity = 100});
    auto threads = start(count, [producer, &over](int thread) {
      for (int i = 0; i < 50; ++i) EXPECT_TRUE(producer.write(record(thread, i)));
      ++over;
    });
    std::jthread ends([&] {
      threads.clear();
      producer.end();
    });
    while (!sink->held) loop.poll();
    EXPECT_LT(over, count);
    sink->release();
    loop.run();
    ends.join();
    expect_all(parse(sink->text, count), 50);
  }
}

// How a stream's end reaches threads that are blocked.
struct Ending {
  const char* name;
  void (*end)(std::optional<Loop>& loop, const Ref<Writable>& stream, const Producer& producer);
  std::error_code reason;
};

class ProducerEndingTest : public ProducerThreadsTest,
                           public testing::WithParamInterface<Ending> {};

INSTANTIATE_TEST_SUITE_P(
    , ProducerEndingTest,
    testing::Values(
        Ending{"End", [](auto&, const auto&, const auto& producer) { producer.end(); },
               Errc::stream_write_after_end},
        Ending{"Destroy", [](auto&, const auto& stream, const auto&) { stream->destroy(); },
               Errc::stream_destroyed},
        Ending{"DestroyWithError",
               [](auto&, const auto& stream, const auto&) { stream->destroy(Errc::generic); },
               Errc::generic},
        Ending{"StreamEnd", [](auto&, const auto& stream, const auto&) { stream->end(); },
               Errc::stream_write_after_end},
        Ending{"LoopsDestruction", [](auto& loop, const auto&, const auto&) { loop.reset(); },
               Errc::aborted}),
    [](const auto& test) { return test.param.name; });

TEST_P(ProducerEndingTest, ContinuesEveryBlockedThread) {
  for (const int count : kThreadCounts) {
    SCOPED_TRACE(count);
    sink->holds = true;
    std::optional<Loop> own(std::in_place);
    own->on_warning([](const Warning&) {});
    auto stream = Writable::make(*own, std::make_unique<CollectingSink>(sink));
    stream->on<Error>([](const Error&) {});
    const Producer producer(*own, stream, {.capacity = 50});
    std::atomic<int> over = 0;
    auto threads = start(count, [producer, &over](int thread) {
      int i = 0;
      while (producer.write(record(thread, i % 3))) ++i;
      EXPECT_TRUE(producer.error());
      EXPECT_FALSE(producer.flush_and_wait() && producer.write("x"));
      ++over;
    });
    while (!sink->held) own->poll();
    EXPECT_EQ(over, 0);
    testing::internal::CaptureStderr();
    GetParam().end(own, stream, producer);
    if (own) {
      sink->release();
      while (over < count) own->poll();
    }
    sink->held.reset();
    threads.clear();
    testing::internal::GetCapturedStderr();
    EXPECT_EQ(producer.error(), GetParam().reason);
    EXPECT_FALSE(producer.write("x"));
    stream = nullptr;
    own.reset();
  }
}

TEST_F(ProducerThreadsTest, ALoopMayBeDestroyedWhileThreadsWrite) {
  for (const int count : kThreadCounts) {
    SCOPED_TRACE(count);
    for (int turns = 0; turns < 5; ++turns) {
      std::optional<Loop> own(std::in_place);
      std::vector<std::jthread> threads;
      {
        const Producer producer(*own, Writable::make(*own, std::make_unique<CollectingSink>(sink)),
                                {.capacity = 200});
        threads = start(count, [producer](int thread) {
          for (int i = 0; producer.write(record(thread, i % 50)); ++i) {
          }
          EXPECT_EQ(producer.error(), Errc::aborted);
        });
      }
      for (int i = 0; i < turns; ++i) own->poll();
      testing::internal::CaptureStderr();
      own.reset();
      threads.clear();
      testing::internal::GetCapturedStderr();
    }
  }
}

TEST_F(ProducerThreadsTest, FlushAndWaitWaitsForTheRecordsBeforeIt) {
  for (const int count : kThreadCounts) {
    SCOPED_TRACE(count);
    sink->text.clear();
    std::vector<std::jthread> threads;
    std::atomic<int> flushed = 0;
    {
      const Producer producer(loop, open(), {.capacity = 1000});
      threads = start(count, [producer, &flushed](int thread) {
        for (int i = 0; i < 20; ++i) {
          producer.write(record(thread, i));
          if (i % 5 != 4) continue;
          const std::uint64_t before = producer.counts().accepted;
          EXPECT_TRUE(i % 2 ? producer.flush_and_wait() : producer.flush_and_wait(1h));
          EXPECT_GE(producer.counts().written, std::min<std::uint64_t>(before, i + 1));
          ++flushed;
        }
      });
    }
    loop.run();
    threads.clear();
    EXPECT_EQ(flushed, 4 * count);
    expect_all(parse(sink->text, count), 20);
  }
}

// The records are those of other threads, which have passed them on by other means.
TEST_F(ProducerThreadsTest, FlushAndWaitWaitsForTheRecordsThatOtherThreadsHadAcceptedBefore) {
  for (const int count : kThreadCounts) {
    SCOPED_TRACE(count);
    sink->text.clear();
    std::vector<std::jthread> threads;
    std::vector<std::jthread> flushers;
    {
      const Producer producer(loop, open());
      auto accepted = std::make_shared<std::latch>(count);
      threads = start(count, [producer, accepted](int thread) {
        for (int i = 0; i < 20; ++i) EXPECT_TRUE(producer.write(record(thread, i)));
        accepted->count_down();
      });
      flushers.emplace_back([producer, accepted, count] {
        accepted->wait();
        EXPECT_TRUE(producer.flush_and_wait());
        EXPECT_EQ(producer.counts().written, 20u * static_cast<unsigned>(count));
      });
    }
    loop.run();
    threads.clear();
    flushers.clear();
    expect_all(parse(sink->text, count), 20);
  }
}

TEST_F(ProducerThreadsTest, FlushAndWaitGivesUpAfterItsTime) {
  sink->holds = true;
  const Producer producer(loop, open());
  std::atomic<bool> is_over = false;
  std::jthread thread([&] {
    producer.write("a");
    EXPECT_FALSE(producer.flush_and_wait(std::chrono::milliseconds(1)));
    is_over = true;
    EXPECT_TRUE(producer.flush_and_wait());
    producer.end();
  });
  while (!is_over) loop.poll();
  while (!sink->held) loop.poll();
  sink->release();
  loop.run();
}

TEST_F(ProducerThreadsTest, WaitingRecordsAreAcceptedInTheOrderOfTheirCalls) {
  sink->holds = true;
  const Producer producer(loop, open(), {.capacity = 4});
  std::vector<std::jthread> threads;
  producer.try_write("0000");
  while (!sink->held) loop.poll();
  // Each blocks before the next one begins; the small record would fit first.
  for (const char* record : {"1111", "2", "3333", "4"}) {
    std::atomic<pid_t> writing = 0;
    threads.emplace_back([&producer, &writing, record] {
      writing = ::gettid();
      EXPECT_TRUE(producer.write(record));
    });
    wait_until([&] { return writing != 0; });
    wait_until([&] { return test::sleeps(writing); });
  }
  EXPECT_FALSE(producer.try_write("5")) << "it would overtake the waiting ones";
  sink->release();
  std::jthread ends([&] {
    threads.clear();
    producer.end();
  });
  loop.run();
  ends.join();
  EXPECT_EQ(sink->text.size(), 4u + 4 + 1 + 4 + 1);
}

TEST_F(ProducerThreadsTest, TheLastCopyMayBeDestroyedOnAnyThread) {
  for (int round = 0; round < 50; ++round) {
    sink->text.clear();
    std::vector<std::jthread> threads;
    auto stream = open();
    bool is_closed = false;
    stream->on<Close>([&] { is_closed = true; });
    {
      const Producer producer(loop, stream);
      threads = start(4, [producer](int thread) { producer.write(record(thread, 0)); });
    }
    loop.run();
    threads.clear();
    EXPECT_TRUE(is_closed);
    expect_all(parse(sink->text, 4), 1);
  }
}

}  // namespace
}  // namespace weir
