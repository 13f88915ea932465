#include <weir/base/block.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir {
namespace {

void fill(Block& block, std::string_view text) {
  std::ranges::copy(std::as_bytes(std::span(text)), block.bytes().begin());
}

TEST(BlockTest, BecomesABufferOfItsFilledBytes) {
  Block block(10);
  EXPECT_EQ(block.bytes().size(), 10u);
  fill(block, "hello");
  const Buffer buffer = std::move(block).take(5);
  EXPECT_EQ(buffer.text(), "hello");
}

TEST(BlockTest, TheBufferKeepsTheMemory) {
  Buffer part;
  {
    Block block(5);
    fill(block, "hello");
    part = std::move(block).take(5).slice(1, 3);
  }
  EXPECT_EQ(part.text(), "el");
}

TEST(BlockTest, MayBeTakenEmpty) { EXPECT_TRUE(Block(10).take(0).empty()); }

TEST(BlockTest, IsAlignedForTheKernel) {
  for (const std::size_t size : {1u, 100u, 65536u}) {
    Block block(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block.bytes().data()) % 64, 0u);
  }
}

}  // namespace
}  // namespace weir
