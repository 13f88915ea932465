// The memory of responses that are over.
#include "http/response_memory.h"

#include <array>
#include <cstdint>
#include <cstring>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

constexpr std::size_t kBlockSize = 2000;

TEST(ResponseMemoryTest, TheNextResponseGetsTheMemoryOfTheLast) {
  if (ResponseMemory::kMostKept == 0) GTEST_SKIP() << "a sanitizer has the heap";
  const auto memory = make_ref<ResponseMemory>();
  void* const first = memory->take(kBlockSize);
  std::memset(first, 1, kBlockSize);
  ResponseMemory::give_back(first);
  void* const second = memory->take(kBlockSize);
  EXPECT_EQ(second, first);
  ResponseMemory::give_back(second);
}

TEST(ResponseMemoryTest, IsAlignedForEveryObject) {
  const auto memory = make_ref<ResponseMemory>();
  void* const block = memory->take(kBlockSize);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0u);
  ResponseMemory::give_back(block);
}

TEST(ResponseMemoryTest, KeepsABoundedNumberOfBlocks) {
  const auto memory = make_ref<ResponseMemory>();
  std::array<void*, ResponseMemory::kMostKept + 5> blocks;
  for (void*& block : blocks) block = memory->take(kBlockSize);
  EXPECT_EQ(memory->kept(), 0u);
  for (void* const block : blocks) ResponseMemory::give_back(block);
  EXPECT_EQ(memory->kept(), ResponseMemory::kMostKept);
}

TEST(ResponseMemoryTest, AResponseMayOutliveItsServer) {
  auto memory = make_ref<ResponseMemory>();
  void* const block = memory->take(kBlockSize);
  memory = nullptr;
  std::memset(block, 1, kBlockSize);
  ResponseMemory::give_back(block);  // the last owner
}

}  // namespace
}  // namespace weir::http
