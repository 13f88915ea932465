#include <weir/base/slab.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Slab, CopiesLieOneAfterTheOther) {
  Slab slab;
  const Buffer a = slab.copy("abc");
  const Buffer b = slab.copy("de");
  EXPECT_EQ(a.text(), "abc");
  EXPECT_EQ(b.text(), "de");
  EXPECT_EQ(b.data(), a.data() + 3);
}

TEST(Slab, CopyOfNothingIsAnEmptyBuffer) {
  Slab slab;
  EXPECT_TRUE(slab.copy("").empty());
  EXPECT_TRUE(slab.take().empty());
}

TEST(Slab, TakesSmallChunksOnly) {
  EXPECT_TRUE(Slab::takes(0));
  EXPECT_TRUE(Slab::takes(4096));
  EXPECT_FALSE(Slab::takes(4097));
  EXPECT_EQ(Slab().copy(std::string(4096, 'x')).size(), 4096u);
}

TEST(SlabDeathTest, RefusesAChunkThatIsTooLarge) {
  const std::string large(4097, 'x');
  EXPECT_DEATH(Slab().copy(large), "requirement failed: takes\\(size\\)");
}

TEST(Slab, TakesAllAppendedBytesAsOneBuffer) {
  Slab slab;
  EXPECT_FALSE(slab.append("no room before open"));
  slab.open(10);
  EXPECT_FALSE(slab.has_appended());
  EXPECT_TRUE(slab.append("Line 1\n"));
  EXPECT_TRUE(slab.append(""));
  EXPECT_TRUE(slab.append("Line 2\n"));
  EXPECT_TRUE(slab.has_appended());
  EXPECT_EQ(slab.take().text(), "Line 1\nLine 2\n");
  EXPECT_FALSE(slab.has_appended());
}

TEST(Slab, HasNoRoomFromTakeToOpen) {
  Slab slab;
  slab.open(1);
  slab.append("first");
  const Buffer first = slab.take();
  EXPECT_EQ(slab.room(), 0u);
  EXPECT_FALSE(slab.append("x"));
  EXPECT_TRUE(slab.append(""));
  slab.open(1);
  slab.append("second");
  const Buffer second = slab.take();
  EXPECT_EQ(first.text(), "first");
  EXPECT_EQ(second.text(), "second");
  EXPECT_EQ(second.data(), first.data() + first.size());
}

TEST(Slab, AppendsNothingIfTheBytesDoNotFit) {
  Slab slab;
  slab.open(1);
  slab.append("x");
  EXPECT_FALSE(slab.append(std::string(1024, 'y')));
  EXPECT_TRUE(slab.append(std::string(1023, 'y')));
  EXPECT_EQ(slab.room(), 0u);
  EXPECT_EQ(slab.take().text(), "x" + std::string(1023, 'y'));
}

TEST(Slab, TakesBytesThatTheCallerWroteItself) {
  Slab slab;
  slab.open(8);
  slab.append("ab");
  ASSERT_GE(slab.room(), 3u);
  std::memcpy(slab.cursor(), "cdX", 3);
  slab.advance(2);
  slab.append("e");
  EXPECT_EQ(slab.take().text(), "abcde");
}

TEST(Slab, ReusesABlockOnceItsBuffersAreDestroyed) {
  Slab slab;
  Buffer first = slab.copy("first");
  const std::byte* begin = first.data();
  const Buffer kept = first;
  first = Buffer();
  EXPECT_NE(slab.copy("second").data(), begin);
  EXPECT_EQ(kept.text(), "first");

  Slab other;
  const std::byte* reused = other.copy("gone at once").data();
  EXPECT_EQ(other.copy("again").data(), reused);
}

TEST(Slab, BuffersOutliveTheirSlab) {
  Buffer buffer;
  {
    Slab slab;
    buffer = slab.copy("still here");
  }
  EXPECT_EQ(buffer.text(), "still here");
}

// The sizes of the blocks that a slab allocates while all its buffers are kept.
std::vector<std::size_t> block_sizes(Slab slab, std::size_t count) {
  std::vector<Buffer> kept;
  std::vector<std::size_t> sizes;
  while (sizes.size() < count) {
    slab.open(1);
    sizes.push_back(slab.room());
    slab.advance(slab.room());
    kept.push_back(slab.take());
  }
  return sizes;
}

TEST(Slab, BlocksStartSmallAndGrowUpToALargestSize) {
  EXPECT_EQ(block_sizes(Slab(), 6),
            (std::vector<std::size_t>{1024, 4096, 16384, 65536, 65536, 65536}));
  EXPECT_EQ(block_sizes(Slab(20000), 5),
            (std::vector<std::size_t>{1024, 4096, 16384, 20000, 20000}));
  // A chunk that it takes must fit.
  EXPECT_EQ(block_sizes(Slab(1), 3), (std::vector<std::size_t>{1024, 4096, 4096}));
}

TEST(Slab, TwoBlocksOfTheLargestSizeTakeTurns) {
  Slab slab(4096);
  for (int i = 0; i < 2; ++i) slab.copy(std::string(4096, 'x'));  // up to the largest size
  const auto fill = [&slab] { return slab.copy(std::string(4096, 'x')); };
  Buffer a = fill();
  Buffer b = fill();
  for (int i = 0; i < 10; ++i) {
    const std::byte* before = a.data();
    a = Buffer();
    Buffer next = fill();
    EXPECT_EQ(next.data(), before);
    a = std::exchange(b, std::move(next));
  }
}

TEST(Slab, BlocksAreAlignedForTheCopyIntoTheKernel) {
  Slab slab;
  const Buffer first = slab.copy("x");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first.data()) % 64, 0u);
}

TEST(Slab, KeepsManyBuffersApart) {
  Slab slab;
  std::vector<Buffer> buffers;
  for (std::size_t i = 0; i < 500; ++i)
    buffers.push_back(slab.copy(std::string(i % 97 * 7, static_cast<char>('a' + i % 26))));
  for (std::size_t i = 0; i < 500; ++i)
    EXPECT_EQ(buffers[i].text(), std::string(i % 97 * 7, static_cast<char>('a' + i % 26))) << i;
}

TEST(Slab, CanBeMovedAndTheMovedFromOneUsedAgain) {
  Slab slab;
  slab.open(4);
  slab.append("a");
  Slab moved = std::move(slab);
  moved.append("b");
  const Buffer both = moved.take();
  EXPECT_EQ(slab.room(), 0u);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(slab.copy("new").text(), "new");
  EXPECT_EQ(both.text(), "ab");
}

TEST(Slab, ReservesMemoryThatACommitAppends) {
  Slab slab;
  slab.open(100);
  slab.append("one ");
  ASSERT_TRUE(slab.fits(10));
  const Buffer reserved = slab.reserve(10);
  EXPECT_TRUE(slab.has_reserved(reserved));
  EXPECT_EQ(slab.room(), 0u);
  slab.unlimit();
  EXPECT_FALSE(slab.append("x")) << "over the reserved memory";
  std::memcpy(const_cast<std::byte*>(reserved.data()), "two", 3);
  slab.commit(3);
  EXPECT_FALSE(slab.has_reserved(reserved));
  slab.unlimit();
  EXPECT_TRUE(slab.append(" three"));
  EXPECT_EQ(slab.take().text(), "one two three");
}

TEST(Slab, ACommitInTheRoomThatThereWasLeavesTheRestOfIt) {
  Slab slab;
  slab.open(100);
  slab.append("one");
  slab.limit(40);
  const Buffer reserved = slab.reserve(50);
  EXPECT_TRUE(slab.has_room_to_commit(40));
  EXPECT_FALSE(slab.has_room_to_commit(41));
  slab.commit(30);
  EXPECT_EQ(slab.room(), 10u);
  EXPECT_EQ(slab.size(), 33u);
}

TEST(Slab, ACommitBeyondTheRoomThatThereWasLeavesNone) {
  Slab slab;
  slab.open(100);
  slab.append("one");
  slab.limit(40);
  const Buffer reserved = slab.reserve(50);
  slab.commit(41);
  EXPECT_EQ(slab.room(), 0u);
}

TEST(Slab, ALimitOrATakeAfterReserveClosesTheRoomThatThereWas) {
  for (const bool is_limit : {true, false}) {
    Slab slab;
    slab.open(100);
    slab.append("one");
    const Buffer reserved = slab.reserve(10);
    if (is_limit)
      slab.limit(0);
    else
      EXPECT_EQ(slab.take().text(), "one");
    EXPECT_FALSE(slab.has_room_to_commit(1));
    slab.commit(5);
    EXPECT_EQ(slab.room(), 0u);
  }
}

TEST(Slab, KeepsReservedMemoryApartWhenItIsOpenedBefore) {
  Slab slab;
  slab.open(100);
  slab.append("taken");
  const Buffer reserved = slab.reserve(10);
  const Buffer taken = slab.take();
  EXPECT_TRUE(slab.has_reserved(reserved));
  slab.open(5);
  EXPECT_FALSE(slab.has_reserved(reserved));
  slab.append("later");
  const Buffer later = slab.take();
  EXPECT_EQ(later.data(), reserved.data() + 10);
  EXPECT_EQ(taken.text(), "taken");
}

TEST(Slab, DoesNotReuseABlockWithReservedMemory) {
  Slab slab;
  slab.open(100);
  Buffer reserved = slab.reserve(100);
  for (int i = 0; i < 1000; ++i) {
    const Buffer other = slab.copy(std::string(100, 'x'));
    ASSERT_TRUE(other.data() + 100 <= reserved.data() || other.data() >= reserved.data() + 100);
  }
  slab.give_back();
}

TEST(Slab, DoesNotGiveBackReservedMemory) {
  Slab slab;
  slab.open(4000);  // a large block
  const Buffer reserved = slab.reserve(8);
  slab.give_back();
  EXPECT_TRUE(slab.has_reserved(reserved));
}

TEST(Slab, MovesWithItsReservation) {
  Slab slab;
  slab.open(100);
  const Buffer reserved = slab.reserve(10);
  Slab moved = std::move(slab);
  EXPECT_TRUE(moved.has_reserved(reserved));
  moved.commit(0);
  EXPECT_FALSE(moved.has_reserved(reserved));
}

}  // namespace
}  // namespace weir
