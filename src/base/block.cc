#include <weir/base/block.h>

#include "base/block_memory.h"
#include <weir/base/assert.h>

#include <utility>

namespace weir {

Block::Block(std::size_t size) {
  auto memory = internal::BlockMemory::make(size);
  bytes_ = {memory->bytes(), size};
  memory_ = std::move(memory);
}

Buffer Block::take(std::size_t size) && {
  WEIR_REQUIRE(size <= bytes_.size());
  return Buffer(std::move(memory_), bytes_.first(size));
}

}  // namespace weir
