#include "thread/record_intake.h"

#include "thread/record_block.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weir::internal {
namespace {

constexpr std::size_t kBlock = std::size_t{64} << 10;

class RecordIntakeTest : public testing::Test {
 protected:
  RecordIntakeTest() { intake->prepare(); }

  void open(std::size_t size = 0, std::size_t limit = kBlock) {
    intake->open(block.begin(), size, limit);
  }
  std::string_view text(std::size_t size) const {
    return {reinterpret_cast<const char*>(block.begin()), size};
  }

  std::unique_ptr<RecordIntake> intake = std::make_unique<RecordIntake>();
  RecordBlock block = RecordBlock(kBlock);
};

TEST_F(RecordIntakeTest, AcceptsNothingWhileItIsClosed) {
  EXPECT_FALSE(intake->append("a"));
  open();
  EXPECT_TRUE(intake->append("a"));
  EXPECT_EQ(intake->close().size, 1u);
  EXPECT_FALSE(intake->append("b"));
  EXPECT_EQ(intake->close().size, 0u);
}

TEST_F(RecordIntakeTest, PutsRecordsIntoTheBlockWhenItIsClosed) {
  std::memcpy(block.begin(), "before", 6);
  open(6);
  EXPECT_TRUE(intake->append(" one"));
  EXPECT_TRUE(intake->append(" two"));
  EXPECT_EQ(intake->tally().size, 8u);
  EXPECT_EQ(intake->tally().records, 2u);
  const RecordIntake::Tally tally = intake->close();
  EXPECT_EQ(tally.size, 8u);
  EXPECT_EQ(tally.records, 2u);
  EXPECT_EQ(text(14), "before one two");
  EXPECT_EQ(intake->tally().size, 0u);
}

TEST_F(RecordIntakeTest, AcceptsRecordsUpToItsLimit) {
  open(2, 8);
  EXPECT_TRUE(intake->append("123"));
  EXPECT_TRUE(intake->append("456"));
  EXPECT_FALSE(intake->append("7"));
  EXPECT_EQ(intake->close().size, 6u);
}

TEST_F(RecordIntakeTest, ARecordThatDoesNotFitTakesNoPlace) {
  open(0, 8);
  EXPECT_TRUE(intake->append("12345"));
  EXPECT_FALSE(intake->append("too long"));
  EXPECT_EQ(intake->tally().size, 5u);
  EXPECT_EQ(intake->close().size, 5u);
  open(5, 8);
  EXPECT_TRUE(intake->append("678"));
  intake->close();
  EXPECT_EQ(text(8), "12345678");
}

TEST_F(RecordIntakeTest, ALaneWithoutRoomRefusesRecordsUntilItIsClosed) {
  open();
  const std::string large(kBlock, 'x');
  EXPECT_FALSE(intake->append(large)) << "no lane has room for it";
  std::size_t size = 0;
  const std::string record(1000, 'y');
  while (intake->append(record)) size += record.size();
  EXPECT_GT(size, 0u);
  EXPECT_LT(size, kBlock) << "the lane ends, not the block";
  EXPECT_EQ(intake->close().size, size);
  open(size);
  EXPECT_TRUE(intake->append(record));
  EXPECT_EQ(intake->close().size, record.size());
  EXPECT_EQ(text(size + record.size()), std::string(size + record.size(), 'y'));
}

// Four threads, and one that closes and opens it again and again: the block has each accepted
// record once, whole, and in the order in which its thread had it accepted.
TEST_F(RecordIntakeTest, MergesTheRecordsOfThreadsInTheirOrder) {
  constexpr int kThreads = 4;
  constexpr std::uint32_t kEach = 20'000;
  struct Record {
    std::uint32_t thread;
    std::uint32_t number;
    std::uint32_t sum;
  };
  std::vector<Record> records;
  std::mutex mutex;
  const auto prepare = [&] {
    const std::lock_guard lock(mutex);
    intake->prepare();
  };
  const auto close = [&] {
    const std::lock_guard lock(mutex);
    const RecordIntake::Tally tally = intake->close();
    ASSERT_EQ(tally.size, tally.records * sizeof(Record));
    for (std::size_t i = 0; i < tally.records; ++i)
      std::memcpy(&records.emplace_back(), block.begin() + i * sizeof(Record), sizeof(Record));
  };
  std::atomic<int> running = kThreads;
  std::vector<std::jthread> threads;
  for (std::uint32_t thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      for (std::uint32_t number = 0; number < kEach;) {
        const Record record{.thread = thread, .number = number, .sum = thread + number};
        if (intake->append({reinterpret_cast<const char*>(&record), sizeof record}))
          ++number;
        else
          prepare();
      }
      --running;
    });
  while (running > 0) {
    open();
    std::this_thread::yield();
    close();
  }
  threads.clear();
  ASSERT_EQ(records.size(), std::size_t{kThreads} * kEach);
  std::vector<std::uint32_t> next(kThreads);
  for (const Record& record : records) {
    ASSERT_LT(record.thread, std::uint32_t{kThreads});
    ASSERT_EQ(record.sum, record.thread + record.number);
    ASSERT_EQ(record.number, next[record.thread]++);
  }
}

}  // namespace
}  // namespace weir::internal
