#include <weir/thread/producer.h>

#include "thread/producer_test.h"
#include <weir/loop/signal.h>
#include <weir/stream/pass_through.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using test::ProducerTest;

TEST_F(ProducerTest, WritesRecordsIntoTheStream) {
  const Producer producer(loop, open());
  EXPECT_TRUE(producer.write("one\n"));
  EXPECT_TRUE(producer.print("{} {}\n", 2, "two"));
  EXPECT_TRUE(producer.try_print("{}\n", 3));
  EXPECT_EQ(after_turns(), "_write(one\n2 two\n3\n)");
  EXPECT_EQ(after_write(), "");
  const ProducerCounts counts = producer.counts();
  EXPECT_EQ(counts.accepted, 3u);
  EXPECT_EQ(counts.written, 3u);
  EXPECT_EQ(counts.queued_bytes, 0u);
  EXPECT_FALSE(producer.error());
}

TEST_F(ProducerTest, GathersRecordsWhileTheStreamWrites) {
  const Producer producer(loop, open());
  producer.write("a");
  EXPECT_EQ(after_turns(), "_write(a)");
  producer.write("b");
  producer.write("c");
  EXPECT_EQ(after_turns(), "");
  EXPECT_EQ(after_write(), "_write(bc)");
  EXPECT_EQ(after_write(), "");
}

// The number of this process's calls to write, of any kind.
std::optional<std::uint64_t> calls_to_write() {
  std::ifstream io("/proc/self/io");
  for (std::string name; io >> name;) {
    std::uint64_t count = 0;
    io >> count;
    if (name == "syscw:") return count;
  }
  return std::nullopt;
}

TEST_F(ProducerTest, WakesTheLoopOnceWhereTheQueueTurnsFromEmptyToNotEmpty) {
  if (!calls_to_write()) GTEST_SKIP() << "the system does not count calls";
  const Producer producer(loop, open());
  const auto calls_for = [&](int records) {
    const std::uint64_t before = *calls_to_write();
    for (int i = 0; i < records; ++i) producer.write("x");
    return *calls_to_write() - before;
  };
  after_turns();
  const std::uint64_t none = calls_for(0);  // of a tool that the test runs under
  EXPECT_EQ(calls_for(1000), none + 1);
  after_turns();
  EXPECT_EQ(calls_for(1000), none) << "the stream writes, and the queue is asked again";
  after_write();
  after_write();
  EXPECT_EQ(calls_for(1000), none + 1);
}

TEST_F(ProducerTest, AnEmptyRecordIsAcceptedAndIsNothing) {
  const Producer producer(loop, open());
  EXPECT_TRUE(producer.write(""));
  EXPECT_EQ(after_turns(), "");
  producer.end();
  EXPECT_FALSE(producer.write(""));
}

TEST_F(ProducerTest, TheQueuesRecordsWaitWhileTheStreamIsAtItsMark) {
  const Producer producer(loop, open({.high_water_mark = 4}));
  stream->write("from the loop");
  EXPECT_TRUE(stream->writable_need_drain());
  producer.write("a");
  EXPECT_EQ(after_turns(), "_write(from the loop)");
  producer.write("b");
  EXPECT_EQ(after_turns(), "");
  EXPECT_EQ(after_write(), "_write(ab)");
}

TEST_F(ProducerTest, WhatTheStreamHasCountsTowardsTheCapacity) {
  const Producer producer(loop, open(), {.capacity = 8});
  EXPECT_TRUE(producer.try_write("12345"));
  EXPECT_EQ(after_turns(), "_write(12345)");
  EXPECT_FALSE(producer.try_write("6789"));
  EXPECT_TRUE(producer.try_write("678"));
  EXPECT_FALSE(producer.try_write("9"));
  EXPECT_EQ(producer.counts().queued_bytes, 8u);
  EXPECT_EQ(after_write(), "_write(678)");
  EXPECT_TRUE(producer.try_write("abcde"));
  EXPECT_FALSE(producer.try_write("f"));
  EXPECT_EQ(producer.counts().dropped, 0u) << "try_write counts nothing";
}

TEST_F(ProducerTest, AFullQueueIsWrittenInTwoHalves) {
  constexpr std::size_t kBlock = std::size_t{64} << 10;
  const Producer producer(loop, open(), {.capacity = 4 * kBlock});
  const std::string record(kBlock, 'x');
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(producer.try_write(record));
  EXPECT_FALSE(producer.try_write("x"));
  sink.keep_chunks();
  after_turns();
  after_write();
  EXPECT_FALSE(producer.try_write("y")) << "the stream has two blocks, and completed one";
  after_write();
  EXPECT_TRUE(producer.try_write("y"));
  EXPECT_EQ(producer.counts().queued_bytes, 2 * kBlock + 1);
  after_write();
  after_write();
  after_write();
  std::size_t length = 0;
  for (const Chunk& chunk : sink.chunks()) length += chunk.size();
  EXPECT_EQ(length, 4 * kBlock + 1);
}

TEST_F(ProducerTest, RecordsOfEverySizeKeepTheirBytes) {
  constexpr std::size_t kCapacity = 300'000;
  sink.automatic = true;
  sink.keep_chunks();
  const Producer producer(loop, open(), {.capacity = kCapacity});
  std::string expected;
  char letter = 'a';
  for (const std::size_t size :
       {1, 2,      63,    64, 65,     4095,   4096, 4097,   65535,  65536, 65537,
        1, 131072, 65535, 2,  299999, 300000, 1,    150000, 149999, 1,     7}) {
    const std::string record(size, letter);
    letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1);
    while (!producer.try_write(record)) loop.poll();
    expected += record;
    EXPECT_LE(producer.counts().queued_bytes, kCapacity);
  }
  EXPECT_TRUE(producer.counts().written <= producer.counts().accepted);
  producer.end();
  loop.run();
  std::string text;
  for (const Chunk& chunk : sink.chunks()) text += chunk.text();
  EXPECT_TRUE(text == expected);
}

TEST_F(ProducerTest, ARecordLargerThanTheCapacityIsAnError) {
  for (const WhenFull when_full : {WhenFull::block, WhenFull::drop}) {
    const Producer producer(loop, open(), {.capacity = 4, .when_full = when_full, .end = false});
    EXPECT_EQ(test::thrown_by([&] { producer.write("12345"); }),
              Error(Errc::buffer_too_large,
                    "A record of 5 bytes is larger than the Producer's capacity of 4"));
    EXPECT_EQ(test::thrown_by([&] { producer.try_write("12345"); }), Errc::buffer_too_large);
    EXPECT_EQ(test::thrown_by([&] { producer.print("{}", 12345); }), Errc::buffer_too_large);
    EXPECT_TRUE(producer.write("1234"));
    EXPECT_FALSE(producer.error());
  }
}

TEST_F(ProducerTest, TheLoopsThreadThatWouldWaitForItselfGetsAnError) {
  const Producer producer(loop, open(), {.capacity = 4});
  EXPECT_TRUE(producer.write("1234"));
  const Error error = test::thrown_by([&] { producer.write("5"); });
  EXPECT_EQ(error, std::errc::resource_deadlock_would_occur);
  EXPECT_EQ(std::string(error.what()),
            "EDEADLK: write would block the thread of the Producer's Loop");
  EXPECT_EQ(test::thrown_by([&] { producer.print("{}", 5); }),
            std::errc::resource_deadlock_would_occur);
  EXPECT_EQ(test::thrown_by([&] { producer.flush_and_wait(); }),
            std::errc::resource_deadlock_would_occur);
  EXPECT_FALSE(producer.flush_and_wait(std::chrono::milliseconds(0))) << "this does not wait";
  EXPECT_EQ(after_turns(), "_write(1234)");
  EXPECT_EQ(after_write(), "") << "the refused records are not accepted";
  EXPECT_TRUE(producer.write("6789"));
  EXPECT_EQ(after_turns(), "_write(6789)");
}

TEST_F(ProducerTest, FlushOfAnEmptyQueueNeedNotWait) {
  sink.automatic = true;
  const Producer producer(loop, open());
  EXPECT_TRUE(producer.flush_and_wait());
  producer.write("a");
  after_turns();
  EXPECT_TRUE(producer.flush_and_wait());
  EXPECT_TRUE(producer.flush_and_wait(std::chrono::milliseconds(1)));
}

TEST_F(ProducerTest, DropsAndCountsRecordsThatDoNotFit) {
  const Producer producer(loop, open(), {.capacity = 4, .when_full = WhenFull::drop});
  EXPECT_TRUE(producer.write("1234"));
  EXPECT_FALSE(producer.write("5"));
  EXPECT_FALSE(producer.print("{}", 6));
  EXPECT_FALSE(producer.error()) << "the Producer goes on";
  EXPECT_EQ(producer.counts().dropped, 2u);
  EXPECT_EQ(producer.counts().accepted, 1u);
  EXPECT_EQ(after_turns(), "_write(1234)");
  EXPECT_EQ(after_write(), "");
  EXPECT_TRUE(producer.write("7"));
  EXPECT_EQ(after_turns(), "_write(7)");
}

TEST_F(ProducerTest, WritesARecordOfTheNumberOfDroppedOnes) {
  const Producer producer(
      loop, open(),
      {.capacity = 40, .when_full = WhenFull::drop, .dropped_record = "<{} dropped>"});
  const std::string large(40, 'x');
  EXPECT_TRUE(producer.write(large));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(producer.write("a"));
  after_turns();
  EXPECT_EQ(after_write(), "_write(<3 dropped>)");
  EXPECT_EQ(after_write(), "");
  EXPECT_TRUE(producer.write(large));
  EXPECT_FALSE(producer.write("b"));
  producer.end();
  after_turns();
  EXPECT_EQ(after_write(), "_write(<1 dropped>)") << "also when no record follows";
  EXPECT_EQ(producer.counts().dropped, 4u);
  after_write();
}

TEST_F(ProducerTest, ABufferThatTheSinkKeepsIsNotOverwritten) {
  sink.automatic = true;
  sink.keep_chunks();
  const Producer producer(loop, open(), {.capacity = 100});
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(producer.print("{:>100}", i));
    after_turns();
  }
  ASSERT_EQ(sink.chunks().size(), 50u);
  for (std::size_t i = 0; i < 50; ++i)
    EXPECT_EQ(sink.chunks()[i].text(), fmt::format("{:>100}", i));
}

TEST_F(ProducerTest, WritesThroughAPipe) {
  sink.automatic = true;
  const auto through = PassThrough::make(loop);
  through->pipe(open());
  {
    const Producer producer(loop, through);
    producer.write("a");
  }
  EXPECT_EQ(after_run(), "_write(a)");
}

TEST_F(ProducerTest, LetsTheLoopsOtherWorkRunWhileTheQueueIsNeverEmpty) {
  std::atomic<bool> is_over = false;
  std::jthread endless;
  {
    const Producer producer(
        loop, Writable::make(loop, {.write = [](const Chunk&, Done done) { done(); }}));
    endless = std::jthread([producer, &is_over] {
      while (!is_over) producer.try_write("x");
    });
  }
  int timers = 0;
  Ref<Timer> timer;
  timer = loop.set_interval(std::chrono::milliseconds(1), [&] {
    if (++timers < 3) return;
    is_over = true;
    timer->clear();
  });
  loop.run();
  EXPECT_EQ(timers, 3);
}

// Writes a record of its own while it is formatted.
struct Reentrant {
  const Producer& producer;
};

}  // namespace
}  // namespace weir

template <>
struct fmt::formatter<weir::Reentrant> : fmt::formatter<int> {
  auto format(const weir::Reentrant& value, fmt::format_context& context) const {
    value.producer.write("inner ");
    return fmt::formatter<int>::format(1, context);
  }
};

namespace weir {
namespace {

TEST_F(ProducerTest, AFormatterMayUseTheProducer) {
  const Producer producer(loop, open());
  producer.print("outer {}", Reentrant{producer});
  EXPECT_EQ(after_turns(), "_write(inner outer 1)");
}

TEST_F(ProducerTest, ASignalOnTheLoopMayUseIt) {
  sink.automatic = true;
  const Producer producer(loop, open());
  const Signal hangup(loop, SIGHUP, [&] { producer.try_write("hangup"); });
  raise(SIGHUP);
  std::string seen;
  while (seen.empty()) seen = after_turns(1);
  EXPECT_EQ(seen, "_write(hangup)");
}

TEST_F(ProducerTest, RefusesOptionsThatCannotWork) {
  open();
  const auto error = [&](const ProducerOptions& options) {
    return test::thrown_by([&] { Producer(loop, stream, options); });
  };
  EXPECT_EQ(error({.capacity = 0}), Errc::invalid_arg_value);
  EXPECT_EQ(error({.dropped_record = "{"}), Errc::invalid_arg_value);
  EXPECT_EQ(error({.dropped_record = "{} {}"}), Errc::invalid_arg_value);
  EXPECT_EQ(error({.capacity = 20, .dropped_record = "{} dropped"}), Errc::invalid_arg_value);
  EXPECT_FALSE(error({.capacity = 20, .dropped_record = "{}", .end = false}));
  Loop other;
  EXPECT_EQ(test::thrown_by([&] { Producer(other, stream); }), Errc::invalid_arg_value);
}

}  // namespace
}  // namespace weir
