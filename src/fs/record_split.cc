#include "fs/record_split.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace weir::fs {

std::size_t record_end_from(std::span<const Chunk> chunks, RecordEnd kind, std::size_t from) {
  std::size_t begin = 0;
  for (const Chunk& chunk : chunks) {
    const std::size_t end = begin + chunk.size();
    if (end >= std::max<std::size_t>(from, 1) && !chunk.empty()) {
      if (kind == RecordEnd::write) return end;
      // The '\n' before an end at `from` is at from - 1.
      const std::size_t first = from > begin ? from - begin - 1 : 0;
      if (const auto at = chunk.text().find('\n', first); at != std::string_view::npos)
        return begin + at + 1;
    }
    begin = end;
  }
  return kNoRecordEnd;
}

std::size_t record_end_upto(std::span<const Chunk> chunks, RecordEnd kind, std::size_t upto) {
  std::size_t found = 0;
  std::size_t begin = 0;
  for (const Chunk& chunk : chunks) {
    if (begin >= upto) break;
    const std::size_t end = begin + chunk.size();
    if (kind == RecordEnd::write) {
      if (end <= upto) found = end;
    } else {
      const std::string_view text = chunk.text().substr(0, upto - begin);
      if (const auto at = text.rfind('\n'); at != text.npos) found = begin + at + 1;
    }
    begin = end;
  }
  return found;
}

bool ends_with_record(std::span<const Chunk> chunks, RecordEnd kind) {
  if (kind == RecordEnd::write) return true;
  for (std::size_t i = chunks.size(); i > 0; --i)
    if (const Chunk& chunk = chunks[i - 1]; !chunk.empty()) return chunk.text().ends_with('\n');
  return true;
}

std::size_t total_length(std::span<const Chunk> chunks) {
  std::size_t length = 0;
  for (const Chunk& chunk : chunks) length += chunk.size();
  return length;
}

std::vector<Chunk> take_front(std::vector<Chunk>& chunks, std::size_t length) {
  std::vector<Chunk> front;
  auto next = chunks.begin();
  for (; next != chunks.end() && length >= next->size(); ++next) {
    length -= next->size();
    front.push_back(std::move(*next));
  }
  if (length > 0) {
    front.emplace_back(next->slice(0, length));
    *next = Chunk(next->slice(length));
  }
  chunks.erase(chunks.begin(), next);
  return front;
}

}  // namespace weir::fs
