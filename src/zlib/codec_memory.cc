#include "zlib/codec_memory.h"

#include <cstdlib>

namespace weir::zlib {

bool CodecMemory::run(void (*use)(void*), void* how) noexcept {
  std::jmp_buf failed;
  if (setjmp(failed) != 0) {
    failed_ = nullptr;
    free_all();
    return false;
  }
  failed_ = &failed;
  use(how);
  failed_ = nullptr;
  return true;
}

void* CodecMemory::allocate(void* memory, std::size_t size) {
  auto& self = *static_cast<CodecMemory*>(memory);
  auto* block = static_cast<Block*>(std::malloc(sizeof(Block) + size));
  if (!block) {
    if (self.failed_) std::longjmp(*self.failed_, 1);
    return nullptr;
  }
  block->before = nullptr;
  block->after = self.blocks_;
  if (self.blocks_) self.blocks_->before = block;
  self.blocks_ = block;
  return block + 1;
}

void CodecMemory::free(void* memory, void* address) noexcept {
  if (!address) return;
  auto& self = *static_cast<CodecMemory*>(memory);
  Block* const block = static_cast<Block*>(address) - 1;
  (block->before ? block->before->after : self.blocks_) = block->after;
  if (block->after) block->after->before = block->before;
  std::free(block);
}

void CodecMemory::free_all() noexcept {
  while (blocks_) {
    Block* const block = blocks_;
    blocks_ = block->after;
    std::free(block);
  }
}

}  // namespace weir::zlib
