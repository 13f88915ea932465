#include <weir/base/slab.h>

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(Slab, CopiesLieOneBehindTheOther) {
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
  EXPECT_TRUE(slab.commit(0).empty());
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

TEST(Slab, ExtendLengthensTheLastBuffer) {
  Slab slab;
  Buffer tail = slab.copy("Line 1\n");
  const std::byte* begin = tail.data();
  EXPECT_TRUE(slab.extend(tail, bytes_of("Line 2\n")));
  EXPECT_TRUE(slab.extend(tail, {}));
  EXPECT_EQ(tail.text(), "Line 1\nLine 2\n");
  EXPECT_EQ(tail.data(), begin);
}

TEST(Slab, ExtendRefusesWhatDoesNotEndTheBlock) {
  Slab slab;
  Buffer first = slab.copy("first");
  Buffer last = slab.copy("last");
  Buffer cut = last.slice(0, 2);
  Buffer stranger = Buffer::copy("stranger");
  Buffer none;
  for (Buffer* buffer : {&first, &cut, &stranger, &none}) {
    const std::string before(buffer->text());
    EXPECT_FALSE(slab.extend(*buffer, bytes_of("!")));
    EXPECT_EQ(buffer->text(), before);
  }
  EXPECT_TRUE(slab.extend(last, bytes_of("!")));
  EXPECT_EQ(last.text(), "last!");
}

TEST(Slab, ExtendLeavesOtherCopiesOfTheBufferAlone) {
  Slab slab;
  Buffer tail = slab.copy("ab");
  Buffer copy = tail;
  EXPECT_TRUE(slab.extend(tail, bytes_of("cd")));
  EXPECT_EQ(copy.text(), "ab");
  EXPECT_FALSE(slab.extend(copy, bytes_of("!")));
  EXPECT_EQ(tail.text(), "abcd");
}

TEST(Slab, ExtendRefusesWhatTheBlockHasNoRoomFor) {
  Slab slab;
  Buffer tail = slab.copy("x");
  EXPECT_FALSE(slab.extend(tail, bytes_of(std::string(1024, 'y'))));
  EXPECT_EQ(tail.text(), "x");
  EXPECT_TRUE(slab.extend(tail, bytes_of(std::string(1023, 'y'))));
  EXPECT_EQ(tail.size(), 1024u);
}

TEST(Slab, ReservedMemoryBecomesTheBufferThatIsCommitted) {
  Slab slab;
  std::span<char> room = slab.reserve(5);
  ASSERT_GE(room.size(), 5u);
  std::memcpy(room.data(), "abc", 3);
  Buffer tail = slab.commit(3);
  EXPECT_EQ(tail.text(), "abc");
  EXPECT_EQ(tail.text().data(), room.data());

  room = slab.reserve(2);
  std::memcpy(room.data(), "de", 2);
  EXPECT_TRUE(slab.extend_committed(tail, 2));
  EXPECT_EQ(tail.text(), "abcde");

  Buffer stranger = Buffer::copy("x");
  EXPECT_FALSE(slab.extend_committed(stranger, 0));
}

TEST(Slab, UsesABlockAgainOnceItsBuffersAreGone) {
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

TEST(Slab, BlocksStartSmallAndDoubleUpToALargestSize) {
  Slab slab;
  std::vector<Buffer> kept;
  std::vector<std::size_t> sizes;
  while (sizes.size() < 9) {
    const std::size_t left = slab.reserve(1).size();
    sizes.push_back(left);
    for (std::size_t used = 0; used < left; used += 1024)
      kept.push_back(slab.copy(std::string(1024, 'x')));
  }
  EXPECT_EQ(sizes,
            (std::vector<std::size_t>{1024, 2048, 4096, 8192, 16384, 32768, 65536, 65536, 65536}));
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
  Buffer tail = slab.copy("a");
  Slab moved = std::move(slab);
  EXPECT_TRUE(moved.extend(tail, bytes_of("b")));
  EXPECT_FALSE(slab.extend(tail, bytes_of("c")));  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(slab.copy("new").text(), "new");
  EXPECT_EQ(tail.text(), "ab");
}

}  // namespace
}  // namespace weir
