#include <weir/base/buffer.h>

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Buffer, WithoutBytesIsEmpty) {
  const Buffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.size(), 0u);
  EXPECT_EQ(buffer.text(), "");
  EXPECT_EQ(buffer, Buffer::copy(""));
  EXPECT_EQ(buffer, Buffer::adopt(std::string()));
}

TEST(Buffer, CopyDoesNotSeeLaterChangesOfItsSource) {
  std::string source = "hello";
  const Buffer buffer = Buffer::copy(source);
  source[0] = 'J';
  EXPECT_EQ(buffer.text(), "hello");
}

TEST(Buffer, AdoptTakesTheMemoryOfItsContainer) {
  std::string text(1000, 'x');
  const void* memory = text.data();
  EXPECT_EQ(Buffer::adopt(std::move(text)).data(), memory);

  std::vector<std::byte> bytes(3, std::byte{7});
  memory = bytes.data();
  const Buffer buffer = Buffer::adopt(std::move(bytes));
  EXPECT_EQ(buffer.data(), memory);
  EXPECT_EQ(buffer.text(), "\7\7\7");
}

TEST(Buffer, AdoptsAStringThatIsShortEnoughToLiveInItself) {
  Buffer buffer;
  {
    std::string text = "hi";
    buffer = Buffer::adopt(std::move(text));
    text = "no";
  }
  EXPECT_EQ(buffer.text(), "hi");
}

TEST(Buffer, LiteralIsNotCopied) {
  static constexpr std::string_view kText = "static";
  EXPECT_EQ(Buffer::literal(kText).text().data(), kText.data());
  EXPECT_EQ(Buffer::borrow(kText).text(), "static");
}

TEST(Buffer, SliceSharesTheMemoryOfItsParent) {
  const Buffer parent = Buffer::copy("hello");
  const Buffer slice = parent.slice(1, 3);
  EXPECT_EQ(slice.text(), "el");
  EXPECT_EQ(slice.data(), parent.data() + 1);
}

TEST(Buffer, SliceIsCutToTheSize) {
  const Buffer buffer = Buffer::copy("hello");
  constexpr struct {
    std::size_t begin, end;
    std::string_view text;
  } kCases[] = {{0, 5, "hello"}, {2, 99, "llo"}, {5, 9, ""}, {9, 12, ""}, {3, 2, ""}, {0, 0, ""}};
  for (const auto& [begin, end, text] : kCases)
    EXPECT_EQ(buffer.slice(begin, end).text(), text) << begin << " to " << end;
  EXPECT_EQ(buffer.slice(2).text(), "llo");
  EXPECT_EQ(buffer.slice(1, 4).slice(1, 99).text(), "ll");  // its end is the slice's
  EXPECT_TRUE(Buffer().slice(0, 1).empty());
}

TEST(Buffer, SliceOutlivesItsParent) {
  Buffer slice;
  {
    const Buffer parent = Buffer::adopt(std::string(100, 'a') + "tail");
    slice = parent.slice(100);
  }
  EXPECT_EQ(slice.text(), "tail");
}

TEST(Buffer, CopiesShareMemory) {
  Buffer buffer = Buffer::copy("hello");
  const Buffer copy = buffer;
  EXPECT_EQ(copy.data(), buffer.data());
  buffer = Buffer();
  EXPECT_EQ(copy.text(), "hello");
}

TEST(Buffer, EqualsOneOfTheSameBytes) {
  EXPECT_EQ(Buffer::copy("ab"), Buffer::literal("ab"));
  EXPECT_EQ(Buffer::copy("xab").slice(1), Buffer::copy("ab"));
  EXPECT_NE(Buffer::copy("ab"), Buffer::copy("ac"));
  EXPECT_NE(Buffer::copy("ab"), Buffer::copy("abc"));
}

TEST(Buffer, OfBytesThatAreElsewhereHasALengthAndAPlace) {
  struct Shelf final : Elsewhere {
    Buffer fetch(std::size_t size) override { return Buffer::copy(std::string(size, 'x')); }
  };
  Buffer buffer = Buffer::elsewhere(make_ref<Shelf>(), 3);
  EXPECT_TRUE(buffer.is_elsewhere());
  EXPECT_EQ(buffer.size(), 3u);
  EXPECT_EQ(buffer.data(), nullptr);
  buffer = buffer.place().fetch(buffer.size());
  EXPECT_FALSE(buffer.is_elsewhere());
  EXPECT_EQ(buffer.text(), "xxx");
}

TEST(Buffer, ThatIsEmptyIsNotElsewhere) { EXPECT_FALSE(Buffer().is_elsewhere()); }

}  // namespace
}  // namespace weir
