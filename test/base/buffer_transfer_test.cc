#include <weir/base/buffer_transfer.h>

#include <weir/base/slab.h>

#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

static_assert(!std::is_copy_constructible_v<BufferTransfer>);
static_assert(!std::is_copy_assignable_v<BufferTransfer>);
static_assert(!std::is_constructible_v<BufferTransfer, const Buffer&>, "the Buffer is given up");
static_assert(!std::is_convertible_v<Buffer, BufferTransfer>);

std::string taken_elsewhere(BufferTransfer transfer) {
  std::string text;
  std::thread([&, transfer = std::move(transfer)]() mutable {
    const Buffer bytes = std::move(transfer).take();
    const Buffer copy = bytes;
    text = copy.text();
    EXPECT_EQ(transfer.size(), 0u);
  }).join();
  return text;
}

TEST(BufferTransfer, TakesTheMemoryAlongThatNoOtherBufferShares) {
  Buffer buffer = Buffer::adopt(std::string(1000, 'a'));
  const void* const memory = buffer.data();
  BufferTransfer transfer(std::move(buffer));
  EXPECT_EQ(transfer.size(), 1000u);
  EXPECT_TRUE(buffer.empty());
  const Buffer taken = std::move(transfer).take();
  EXPECT_EQ(taken.data(), memory);
}

TEST(BufferTransfer, CopiesBytesThatAnotherBufferShares) {
  Buffer buffer = Buffer::copy("shared");
  const Buffer other = buffer;
  EXPECT_EQ(taken_elsewhere(BufferTransfer(buffer.slice(0, 3))), "sha");
  EXPECT_EQ(taken_elsewhere(BufferTransfer(std::move(buffer))), "shared");
  EXPECT_EQ(other.text(), "shared");
}

// The thread sanitizer checks this: the slab continues to use its block.
TEST(BufferTransfer, CopiesBytesOfASlabThatIsStillInUse) {
  Slab slab;
  slab.open(64);
  slab.append("first");
  BufferTransfer transfer(slab.take());
  std::thread other([transfer = std::move(transfer)]() mutable {
    EXPECT_EQ(std::move(transfer).take().text(), "first");
  });
  slab.open(64);
  slab.append("second");
  EXPECT_EQ(slab.take().text(), "second");
  other.join();
}

TEST(BufferTransfer, TakesBorrowedBytesAndNone) {
  EXPECT_EQ(taken_elsewhere(BufferTransfer(Buffer::literal("literal"))), "literal");
  EXPECT_EQ(taken_elsewhere(BufferTransfer(Buffer())), "");
  EXPECT_EQ(taken_elsewhere(BufferTransfer()), "");
}

}  // namespace
}  // namespace weir
