#include "http/response_memory.h"

#include <memory>
#include <new>
#include <utility>

namespace weir::http {

ResponseMemory::~ResponseMemory() {
  while (Block* const block = free_) {
    free_ = block->next_free;
    destroy(block);
  }
}

void* ResponseMemory::take(std::size_t size) {
  Block* block = free_;
  if (block) {
    free_ = block->next_free;
    --kept_;
  } else {
    block = ::new (::operator new(sizeof(Block) + size)) Block;
  }
  block->owner = Ref<ResponseMemory>(this);
  return block + 1;
}

void ResponseMemory::give_back(void* memory) noexcept {
  Block* const block = static_cast<Block*>(memory) - 1;
  const Ref<ResponseMemory> owner = std::exchange(block->owner, nullptr);
  if (owner->kept_ == kMostKept) return destroy(block);
  block->next_free = std::exchange(owner->free_, block);
  ++owner->kept_;
}

void ResponseMemory::destroy(Block* block) noexcept {
  std::destroy_at(block);
  ::operator delete(block);
}

}  // namespace weir::http
