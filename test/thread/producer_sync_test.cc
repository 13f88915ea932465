// Producer::sync_and_wait, with files in memory.
#include "support/heap.h"
#include "support/loop_test.h"
#include "support/thread_state.h"
#include <weir/fs/write_stream.h>
#include <weir/testing/faulty_files.h>
#include <weir/thread/producer.h>

#include <atomic>
#include <barrier>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace weir {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""ns;

class ProducerSyncTest : public test::LoopTest {
 protected:
  // A file that exists, so no folder is synced.
  Ref<fs::WriteStream> open() {
    auto stream = fs::create_write_stream(loop, "log", {.flags = "r+", .file_ops = files});
    stream->on<Error>([](const Error&) {});
    return stream;
  }
  template <class Condition>
  void turn_until(Condition condition) {
    while (!condition()) {
      loop.poll();
      std::this_thread::yield();
    }
  }
  // Completes the calls that are held; later ones are held again.
  void let_calls_complete() {
    files->release();
    files->hold_writes();
  }

  Ref<test::FaultyFiles> files = make_ref<test::FaultyFiles>(loop);
};

TEST_F(ProducerSyncTest, WaitsUntilTheDiskHasTheRecords) {
  std::jthread thread([producer = Producer(loop, open())] {
    EXPECT_TRUE(producer.write("a"));
    EXPECT_TRUE(producer.sync_and_wait());
    EXPECT_EQ(producer.counts().written, 1u);
    EXPECT_TRUE(producer.write("b"));
    EXPECT_TRUE(producer.sync_and_wait(1h));
    EXPECT_TRUE(producer.sync_and_wait()) << "all is synced";
  });
  loop.run();
  EXPECT_EQ(files->calls(), "open write fdatasync write fdatasync close");
}

TEST_F(ProducerSyncTest, SyncsRecordsThatWereWrittenLongAgo) {
  std::jthread thread([producer = Producer(loop, open())] {
    EXPECT_TRUE(producer.sync_and_wait()) << "there are no records";
    EXPECT_TRUE(producer.write("a"));
    EXPECT_TRUE(producer.flush_and_wait());
    EXPECT_TRUE(producer.sync_and_wait());
  });
  loop.run();
  EXPECT_EQ(files->calls(), "open write fdatasync close");
}

TEST_F(ProducerSyncTest, SyncsTheLastRecordsBeforeTheFileIsClosed) {
  std::atomic<pid_t> ended = 0;
  std::jthread thread([&ended, producer = Producer(loop, open())] {
    EXPECT_TRUE(producer.write("a"));
    producer.end();
    ended = ::gettid();
    EXPECT_TRUE(producer.sync_and_wait());
  });
  // Otherwise, the file might be closed before the sync is asked for.
  while (ended == 0 || !test::sleeps(ended)) std::this_thread::yield();
  loop.run();
  EXPECT_EQ(files->calls(), "open write fdatasync close");
}

// In each round every thread writes a record and waits for its sync; the writes are held until all
// of them wait.
TEST_F(ProducerSyncTest, OneSyncServesTheThreadsThatWait) {
  constexpr int kThreads = 16;
  constexpr int kRounds = 63;
  files->hold_writes();
  std::atomic<int> begun = 0;
  std::atomic<int> synced = 0;
  std::barrier round(kThreads);
  std::vector<std::jthread> threads;
  {
    const Producer producer(loop, open());
    for (int thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&, producer, thread] {
        for (int number = 0; number < kRounds; ++number) {
          EXPECT_TRUE(producer.print("thread {} record {}\n", thread, number));
          ++begun;
          if (producer.sync_and_wait()) ++synced;
          round.arrive_and_wait();
        }
      });
  }
  turn_until([&] {
    if (begun % kThreads == 0) let_calls_complete();
    return files->calls().ends_with("close");
  });
  files->release();
  loop.run();
  threads.clear();
  EXPECT_EQ(synced, kThreads * kRounds);
  EXPECT_GE(files->count("fdatasync"), std::size_t{kRounds});
  EXPECT_LE(files->count("fdatasync"), std::size_t{kThreads * kRounds / 8});
}

TEST_F(ProducerSyncTest, ARecordThatIsAcceptedDuringASyncIsInTheNext) {
  files->hold_writes();
  const Producer producer(loop, open());
  std::atomic<int> synced = 0;
  std::jthread first([&] {
    producer.write("a");
    EXPECT_TRUE(producer.sync_and_wait());
    ++synced;
  });
  turn_until([&] {
    if (files->count("fdatasync") == 1) return true;
    let_calls_complete();
    return false;
  });
  ASSERT_EQ(files->calls(), "open write fdatasync");
  std::jthread second([&] {
    producer.write("b");
    EXPECT_TRUE(producer.sync_and_wait());
    ++synced;
    producer.end();
  });
  while (producer.counts().accepted < 2) std::this_thread::yield();
  for (int i = 0; i < 10; ++i) loop.poll();
  EXPECT_EQ(synced, 0);
  files->release();
  loop.run();
  first.join();
  second.join();
  EXPECT_EQ(files->calls(), "open write fdatasync write fdatasync close");
}

TEST_F(ProducerSyncTest, GivesUpAfterItsTime) {
  const Producer producer(loop, open());
  std::atomic<bool> is_over = false;
  files->hold_writes();
  std::jthread thread([&] {
    producer.write("a");
    EXPECT_FALSE(producer.sync_and_wait(1ms));
    is_over = true;
    EXPECT_TRUE(producer.sync_and_wait());
    producer.end();
  });
  turn_until([&] { return is_over.load(); });
  files->release();
  loop.run();
  EXPECT_EQ(files->content(), "a");
}

TEST_F(ProducerSyncTest, CallsThatGiveUpLeaveNothing) {
  if (!test::counts_the_heap()) GTEST_SKIP();
  constexpr int kCalls = 10'000;
  const Producer producer(loop, open());
  files->hold_writes();
  producer.write("a");
  std::size_t growth = 0;
  std::jthread([&] {
    EXPECT_FALSE(producer.sync_and_wait(1ns));
    const std::size_t before = test::heap_in_use();
    for (int i = 0; i < kCalls; ++i) EXPECT_FALSE(producer.sync_and_wait(1ns));
    growth = test::heap_in_use() - before;
  }).join();
  EXPECT_LT(growth, std::size_t{kCalls});
  producer.end();
  files->release();
  loop.run();
  EXPECT_EQ(files->calls(), "open write fdatasync close");
}

TEST_F(ProducerSyncTest, AFailedSyncEndsTheProducerWithItsError) {
  files->fail_next("fdatasync", EIO);
  loop.on_warning([](const Warning&) {});
  std::jthread thread([producer = Producer(loop, open())] {
    producer.write("a");
    EXPECT_FALSE(producer.sync_and_wait());
    EXPECT_EQ(producer.error(), std::errc::io_error);
    EXPECT_FALSE(producer.write("b"));
    EXPECT_FALSE(producer.sync_and_wait());
  });
  loop.run();
  EXPECT_EQ(files->calls(), "open write fdatasync close");
}

TEST_F(ProducerSyncTest, AStreamWithoutSyncRefusesItAndGoesOn) {
  std::string text;
  auto stream = Writable::make(loop, {.write = [&](const Chunk& chunk, Done done) {
                                 text += chunk.text();
                                 done();
                               }});
  std::jthread thread([producer = Producer(loop, std::move(stream))] {
    producer.write("a");
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(test::thrown_by([&] { producer.sync_and_wait(); }), Errc::method_not_implemented);
    EXPECT_EQ(producer.counts().written, 1u);
    EXPECT_FALSE(producer.error());
    EXPECT_TRUE(producer.write("b"));
    EXPECT_TRUE(producer.flush_and_wait());
  });
  loop.run();
  EXPECT_EQ(text, "ab");
}

TEST_F(ProducerSyncTest, OnTheLoopsThreadItWouldWaitForItself) {
  const Producer producer(loop, open());
  EXPECT_TRUE(producer.sync_and_wait()) << "there are no records";
  producer.write("a");
  const Error error = test::thrown_by([&] { producer.sync_and_wait(); });
  EXPECT_EQ(error, std::errc::resource_deadlock_would_occur);
  EXPECT_STREQ(error.what(),
               "EDEADLK: sync_and_wait would block the thread of the Producer's Loop");
  EXPECT_FALSE(producer.sync_and_wait(0ms)) << "this does not wait";
  producer.end();
  loop.run();
  EXPECT_EQ(files->calls(), "open write close");
}

}  // namespace
}  // namespace weir
