#include "net/send_batch.h"

#include <algorithm>
#include <iterator>

namespace weir::net {

void SendBatch::add(std::vector<Chunk> more) {
  for (const Chunk& chunk : more) {
    size += chunk.size();
    has_ranges = has_ranges || chunk.is_elsewhere();
  }
  if (chunks.empty())
    chunks = std::move(more);
  else
    std::ranges::move(more, std::back_inserter(chunks));
}

void SendBatch::advance(std::size_t count) noexcept {
  while (first < chunks.size() && count >= chunks[first].size() - offset) {
    count -= chunks[first].size() - offset;
    offset = 0;
    chunks[first++] = {};  // its memory is not kept for what comes behind it
  }
  offset += count;
}

}  // namespace weir::net
