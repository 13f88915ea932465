#include "stream/chunk_cursor.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Bytes that read as the letters from `first` on.
class Letters final : public ExternalBytes {
 public:
  explicit Letters(char first, int& fetches) : first_(first), fetches_(fetches) {}
  Buffer fetch(std::size_t size) override {
    ++fetches_;
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(first_ + static_cast<char>(i));
    return Buffer::adopt(std::move(text));
  }

 private:
  char first_;
  int& fetches_;
};

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class ChunkCursorTest : public testing::Test {
 protected:
  static std::vector<Chunk> chunks(const std::vector<std::string>& texts) {
    std::vector<Chunk> made;
    for (const std::string& each : texts) made.emplace_back(Buffer::copy(std::string_view(each)));
    return made;
  }
  Chunk letters(char first, std::size_t size) {
    return {Buffer::external(make_ref<Letters>(first, fetches), size)};
  }
  static std::vector<std::string> pieces(const ChunkCursor& cursor) {
    std::vector<std::string> all;
    cursor.visit([&](std::span<const std::byte> bytes) {
      all.emplace_back(text_of(bytes));
      return true;
    });
    return all;
  }

  int fetches = 0;
};

TEST_F(ChunkCursorTest, WithoutBytesIsEmpty) {
  EXPECT_TRUE(ChunkCursor().empty());
  EXPECT_TRUE(ChunkCursor(chunks({"", ""})).empty());
  EXPECT_THAT(pieces(ChunkCursor(chunks({""}))), IsEmpty());
}

TEST_F(ChunkCursorTest, GoesOnWithinAChunkAndBeyondIt) {
  ChunkCursor cursor(chunks({"abc", "", "de", "f"}));
  EXPECT_THAT(pieces(cursor), ElementsAre("abc", "de", "f"));
  cursor.advance(1);
  EXPECT_EQ(cursor.front_done(), 1u);
  EXPECT_EQ(cursor.front_left(), 2u);
  EXPECT_EQ(text_of(cursor.front_bytes()), "bc");
  EXPECT_THAT(pieces(cursor), ElementsAre("bc", "de", "f"));
  cursor.advance(2);
  EXPECT_EQ(cursor.front_done(), 0u);
  EXPECT_THAT(pieces(cursor), ElementsAre("de", "f"));
  cursor.advance(3);
  EXPECT_TRUE(cursor.empty());
}

// Every way to divide the same bytes comes to the same end.
TEST_F(ChunkCursorTest, AnyStepsYieldTheSameBytes) {
  for (std::size_t step = 1; step <= 7; ++step) {
    ChunkCursor cursor(chunks({"", "ab", "c", "", "defg", ""}));
    std::string seen;
    while (!cursor.empty()) {
      std::string rest;
      for (const std::string& piece : pieces(cursor)) rest += piece;
      EXPECT_EQ(rest.size(), cursor.in_memory());
      seen += rest.substr(0, step);
      cursor.advance(std::min(step, rest.size()));
    }
    EXPECT_EQ(seen, "abcdefg") << "in steps of " << step;
  }
}

TEST_F(ChunkCursorTest, ReleasesAChunkThatIsDone) {
  bool released = false;
  const std::string memory = "abc";
  std::vector<Chunk> owned;
  owned.emplace_back(Buffer::adopt(std::as_bytes(std::span(memory)), [&] { released = true; }));
  owned.emplace_back(Buffer::copy("d"));
  ChunkCursor cursor(std::move(owned));
  cursor.advance(2);
  EXPECT_FALSE(released);
  cursor.advance(1);
  EXPECT_TRUE(released);
  EXPECT_FALSE(cursor.empty());
}

TEST_F(ChunkCursorTest, AVisitStopsWhereItsCallerHasEnough) {
  const ChunkCursor cursor(chunks({"ab", "cd", "ef"}));
  std::vector<std::string> seen;
  const bool is_all = cursor.visit([&](std::span<const std::byte> bytes) {
    if (seen.size() == 2) return false;
    seen.emplace_back(text_of(bytes));
    return true;
  });
  EXPECT_FALSE(is_all);
  EXPECT_THAT(seen, ElementsAre("ab", "cd"));
}

TEST_F(ChunkCursorTest, CountsOnlyAsFarAsItsCallerAsks) {
  const ChunkCursor cursor(chunks({"ab", "cd", "ef"}));
  EXPECT_EQ(cursor.in_memory(), 6u);
  EXPECT_EQ(cursor.in_memory(3), 4u);
}

TEST_F(ChunkCursorTest, AddedChunksComeLast) {
  ChunkCursor cursor;
  cursor.add(chunks({"ab", "c"}));
  cursor.advance(1);
  cursor.add(chunks({"", "d"}));
  EXPECT_THAT(pieces(cursor), ElementsAre("b", "c", "d"));
  cursor.advance(3);
  EXPECT_TRUE(cursor.empty());
  cursor.add(chunks({"", "e"}));
  EXPECT_THAT(pieces(cursor), ElementsAre("e"));
}

// --- ExternalBytes ---

TEST_F(ChunkCursorTest, BytesElsewhereEndWhatIsInMemory) {
  std::vector<Chunk> owned = chunks({"ab"});
  owned.push_back(letters('c', 3));
  owned.emplace_back(Buffer::copy("f"));
  ChunkCursor cursor(std::move(owned));
  EXPECT_TRUE(cursor.has_external());
  EXPECT_EQ(cursor.in_memory(), 2u);
  EXPECT_FALSE(cursor.visit([](std::span<const std::byte>) { return true; }));
  cursor.advance(2);
  EXPECT_TRUE(cursor.front().is_external());
  EXPECT_EQ(cursor.in_memory(), 0u);
  cursor.advance(2);
  EXPECT_EQ(cursor.front_done(), 2u);
  EXPECT_EQ(cursor.front_left(), 1u);
  cursor.advance(1);
  EXPECT_FALSE(cursor.has_external());
  EXPECT_THAT(pieces(cursor), ElementsAre("f"));
  EXPECT_EQ(fetches, 0);
}

TEST_F(ChunkCursorTest, FetchesOnlyWhatIsLeft) {
  std::vector<Chunk> owned;
  owned.push_back(letters('a', 4));
  owned.emplace_back(Buffer::copy("e"));
  ChunkCursor cursor(std::move(owned));
  cursor.advance(1);
  cursor.fetch_front();
  EXPECT_EQ(fetches, 1);
  EXPECT_EQ(cursor.front_done(), 0u);
  EXPECT_THAT(pieces(cursor), ElementsAre("bcd", "e"));
}

// The file has become shorter than the done part of its range.
TEST_F(ChunkCursorTest, AFetchThatYieldsNothingEndsTheChunk) {
  struct Nothing final : ExternalBytes {
    Buffer fetch(std::size_t) override { return {}; }
  };
  std::vector<Chunk> owned;
  owned.emplace_back(Buffer::external(make_ref<Nothing>(), 4));
  owned.emplace_back(Buffer::copy("e"));
  ChunkCursor cursor(std::move(owned));
  cursor.fetch_front();
  EXPECT_THAT(pieces(cursor), ElementsAre("e"));
}

}  // namespace
}  // namespace weir::internal
