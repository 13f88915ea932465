#include <weir/base/buffer.h>

#include "base/block_memory.h"
#include <weir/base/assert.h>
#include <weir/base/block.h>
#include <weir/base/buffer_transfer.h>

#include <algorithm>

namespace weir {

Buffer Buffer::copy(ByteSpan bytes) {
  if (bytes.empty()) return {};
  if (bytes.size() <= internal::SmallMemory::kLargest) {
    auto memory = internal::SmallMemory::copy(bytes);
    const std::span<const std::byte> copied(memory->bytes(), bytes.size());
    return Buffer(std::move(memory), copied);
  }
  Block block(bytes.size());
  std::ranges::copy(bytes, block.bytes().begin());
  return std::move(block).take(bytes.size());
}

Buffer Buffer::adopt(std::string text) {
  auto owner = make_ref<internal::BytesOwner<std::string>>(std::move(text));
  const auto bytes = std::as_bytes(std::span(std::as_const(owner->owner)));
  return Buffer(std::move(owner), bytes);
}

Buffer Buffer::adopt(std::shared_ptr<const void> owner, ByteSpan bytes) {
  using Owner = internal::BytesOwner<std::shared_ptr<const void>>;
  return Buffer(owner ? make_ref<Owner>(std::move(owner)) : nullptr, bytes);
}

BufferTransfer::BufferTransfer(Buffer&& buffer) {
  WEIR_REQUIRE(!buffer.is_external());
  const bool is_alone = !buffer.owner_ || buffer.owner_.unique();
  buffer_ = is_alone ? std::exchange(buffer, {}) : Buffer::copy(std::exchange(buffer, {}).bytes());
}

Buffer Buffer::slice(std::size_t begin, std::size_t end) const {
  WEIR_ASSERT(!is_external());
  end = std::min(end, size());
  begin = std::min(begin, end);
  return Buffer(owner_, bytes_.subspan(begin, end - begin));
}

}  // namespace weir
