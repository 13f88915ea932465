#include <weir/stream/internal/write_queue.h>

#include <algorithm>
#include <span>
#include <utility>

namespace weir::internal {
namespace {

constexpr std::size_t kLargestBlock = std::size_t{1} << 20;
// For the write that reaches the mark.
constexpr std::size_t kBeyondMark = 4096;

}  // namespace

Completion WriteQueue::take_callbacks() {
  Completion all;
  while (!callbacks_.empty()) all.add(callbacks_.pop_front().callback);
  return all;
}

ByteQueue::ByteQueue(std::size_t high_water_mark) noexcept
    : ChunkQueue(std::min(high_water_mark, kLargestBlock) + kBeyondMark) {}

void ByteQueue::merge(std::span<const std::byte> bytes) {
  merged_.unlimit();
  if (merged_.append(bytes)) return;
  finish_chunk();
  merged_.open(bytes.size());
  merged_.append(bytes);
}

Buffer ByteQueue::copy(std::span<const std::byte> bytes) {
  finish_chunk();
  return Slab::takes(bytes.size()) ? merged_.copy(bytes) : Buffer::copy(bytes);
}

void ByteQueue::push_merged() {
  Buffer chunk = merged_.take();
  const std::size_t size = chunk.size();
  ChunkQueue::push(std::move(chunk), size);
}

void ByteQueue::drop_chunks() noexcept {
  merged_.take();
  ChunkQueue::drop_chunks();
}

void ByteQueue::fetch_all() {
  for (std::size_t i = 0; i < chunks().size(); ++i)
    if (Chunk& chunk = chunks()[i]; chunk.is_elsewhere())
      static_cast<Buffer&>(chunk) = chunk.place().fetch(chunk.size());
}

void ByteQueue::cut(std::size_t index, std::size_t bytes) {
  Chunk& chunk = chunks()[index];
  chunk = Chunk(chunk.slice(bytes));
  shortened(bytes);
}

}  // namespace weir::internal
