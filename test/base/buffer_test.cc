#include <weir/base/buffer.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>

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

TEST(Buffer, OfExternalBytesHasALengthAndAPlace) {
  struct Shelf final : ExternalBytes {
    Buffer fetch(std::size_t size) override { return Buffer::copy(std::string(size, 'x')); }
  };
  Buffer buffer = Buffer::external(make_ref<Shelf>(), 3);
  EXPECT_TRUE(buffer.is_external());
  EXPECT_EQ(buffer.size(), 3u);
  EXPECT_EQ(buffer.data(), nullptr);
  buffer = buffer.external_bytes().fetch(buffer.size());
  EXPECT_FALSE(buffer.is_external());
  EXPECT_EQ(buffer.text(), "xxx");
}

TEST(Buffer, OfExternalBytesEqualsItselfAlone) {
  struct Shelf final : ExternalBytes {
    Buffer fetch(std::size_t size) override { return Buffer::copy(std::string(size, 'x')); }
  };
  const Buffer buffer = Buffer::external(make_ref<Shelf>(), 3);
  const Buffer copy = buffer;
  EXPECT_EQ(buffer, copy);
  EXPECT_NE(buffer, Buffer::external(make_ref<Shelf>(), 3));
  EXPECT_NE(buffer, Buffer::copy("xxx"));
  EXPECT_NE(Buffer::copy("xxx"), buffer);
}

// --- Bytes of every kind ---

template <class R>
concept Copied = requires(const R& range) { Buffer::copy(range); };
static_assert(Copied<std::vector<char>> && Copied<std::vector<signed char>> &&
              Copied<std::vector<std::uint8_t>> && Copied<std::vector<std::byte>>);
static_assert(Copied<std::array<char, 2>> && Copied<std::array<std::byte, 2>>);
static_assert(Copied<std::span<const char>> && Copied<std::span<std::uint8_t>> &&
              Copied<std::span<const std::byte, 2>>);
static_assert(Copied<std::uint8_t[2]> && Copied<std::byte[2]>);
static_assert(!Copied<std::vector<int>> && !Copied<std::list<char>> && !Copied<std::vector<bool>>);

TEST(Buffer, CopiesBytesOfEveryKind) {
  const std::vector<char> chars{'a', 0, 'b'};
  const std::string_view expected("a\0b", 3);
  EXPECT_EQ(Buffer::copy(chars).text(), expected);
  EXPECT_EQ(Buffer::copy(std::vector<std::uint8_t>{'a', 0, 'b'}).text(), expected);
  EXPECT_EQ(Buffer::copy(std::array{'a', '\0', 'b'}).text(), expected);
  EXPECT_EQ(Buffer::copy(std::span(chars)).text(), expected);
  EXPECT_EQ(Buffer::copy(std::as_bytes(std::span(chars))).text(), expected);
  const std::uint8_t raw[] = {'a', 0, 'b'};
  EXPECT_EQ(Buffer::copy(raw).text(), expected);
}

TEST(Buffer, AdoptsContainersOfEveryKindOfByte) {
  std::vector<char> chars{'a', 'b'};
  const char* const memory = chars.data();
  const Buffer adopted = Buffer::adopt(std::move(chars));
  EXPECT_EQ(adopted.text().data(), memory);
  EXPECT_EQ(adopted.text(), "ab");
  EXPECT_EQ(Buffer::adopt(std::vector<std::uint8_t>{'a', 'b'}).text(), "ab");
  EXPECT_EQ(Buffer::adopt(std::array{'a', 'b'}).text(), "ab");
}

TEST(Buffer, KeepsAForeignOwnerUntilTheLastBufferIsDestroyed) {
  auto owner = std::make_shared<const std::string>("shared");
  const std::weak_ptr<const std::string> watched = owner;
  Buffer part;
  {
    const Buffer whole = Buffer::adopt(owner);
    EXPECT_EQ(whole.text().data(), owner->data());
    owner = nullptr;
    part = whole.slice(1, 3);
  }
  EXPECT_FALSE(watched.expired());
  EXPECT_EQ(part.text(), "ha");
  part = {};
  EXPECT_TRUE(watched.expired());
}

TEST(Buffer, AdoptsAPartOfAnOwnersBytes) {
  struct Message {
    int id = 1;
    std::vector<char> body{'b', 'o', 'd', 'y'};
  };
  auto message = std::make_shared<Message>();
  const std::weak_ptr<Message> watched = message;
  Buffer body = Buffer::adopt(message, message->body);
  message = nullptr;
  EXPECT_EQ(body.text(), "body");
  body = {};
  EXPECT_TRUE(watched.expired());
}

TEST(Buffer, OfNoOwnerHasNoBytes) {
  EXPECT_TRUE(Buffer::adopt(std::shared_ptr<std::vector<char>>()).empty());
}

TEST(Buffer, CallsItsReleaseOnceWhenTheLastBufferIsDestroyed) {
  int released = 0;
  const std::array<char, 3> memory{'a', 'b', 'c'};
  Buffer rest;
  {
    Buffer all = Buffer::adopt(memory, [&released] { ++released; });
    EXPECT_EQ(all.data(), std::as_bytes(std::span(memory)).data());
    rest = all.slice(1);
    const Buffer copy = all;
    all = {};
  }
  EXPECT_EQ(released, 0);
  EXPECT_EQ(rest.text(), "bc");
  rest = {};
  EXPECT_EQ(released, 1);
}

TEST(Buffer, AdoptsAMapping) {
  const std::size_t size = 4096;
  void* const memory =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  std::memcpy(memory, "mapped", 6);
  bool unmapped = false;
  {
    const Buffer mapped =
        Buffer::adopt(std::span(static_cast<const char*>(memory), size),
                      [memory, size, &unmapped] { unmapped = ::munmap(memory, size) == 0; });
    EXPECT_EQ(mapped.slice(0, 6).text(), "mapped");
  }
  EXPECT_TRUE(unmapped);
}

TEST(Buffer, ThatIsEmptyIsNotExternal) { EXPECT_FALSE(Buffer().is_external()); }

}  // namespace
}  // namespace weir
