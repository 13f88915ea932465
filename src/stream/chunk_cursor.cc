#include "stream/chunk_cursor.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir::internal {

ChunkCursor::ChunkCursor(std::vector<Chunk> chunks) noexcept : chunks_(std::move(chunks)) {
  advance(0);
}

void ChunkCursor::add(std::vector<Chunk> chunks) {
  if (empty())
    *this = ChunkCursor(std::move(chunks));
  else
    std::ranges::move(chunks, std::back_inserter(chunks_));
}

bool ChunkCursor::has_external() const noexcept {
  return std::ranges::any_of(chunks_, [](const Chunk& chunk) { return chunk.is_external(); });
}

std::size_t ChunkCursor::in_memory(std::size_t enough) const noexcept {
  std::size_t sum = 0;
  visit([&](std::span<const std::byte> bytes) {
    sum += bytes.size();
    return sum < enough;
  });
  return sum;
}

void ChunkCursor::advance(std::size_t count) noexcept {
  done_ += count;
  while (first_ < chunks_.size() && done_ >= chunks_[first_].size()) {
    done_ -= chunks_[first_].size();
    chunks_[first_++] = {};
  }
}

void ChunkCursor::fetch_front() {
  Chunk& chunk = chunks_[first_];
  static_cast<Buffer&>(chunk) = chunk.external_bytes().fetch(chunk.size()).slice(done_);
  done_ = 0;
  advance(0);
}

}  // namespace weir::internal
