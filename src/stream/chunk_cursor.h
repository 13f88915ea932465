// ChunkCursor: the chunks of a write, and the position up to which they are done.
//
//   for (ChunkCursor chunks(std::move(batch.chunks)); !chunks.empty();)
//     chunks.advance(device.take(chunks.front_bytes()));
//
// A sink keeps the cursor between calls that each take a part. It skips empty chunks, and releases
// a chunk as soon as it is done. An external chunk, such as a range of a file, ends the bytes that
// one call can take from memory.
#pragma once

#include <weir/stream/chunk.h>

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace weir::internal {

class ChunkCursor {
 public:
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

  ChunkCursor() = default;
  explicit ChunkCursor(std::vector<Chunk> chunks) noexcept;

  // Adds chunks after the last one.
  void add(std::vector<Chunk> chunks);

  // True if all chunks are done.
  bool empty() const noexcept { return first_ == chunks_.size(); }

  // The first chunk that is not done. REQUIRES: !empty().
  const Chunk& front() const noexcept { return chunks_[first_]; }
  // Its bytes that are done, and that are left.
  std::size_t front_done() const noexcept { return done_; }
  std::size_t front_left() const noexcept { return front().size() - done_; }
  // The rest of the first chunk. REQUIRES: it is in memory.
  std::span<const std::byte> front_bytes() const noexcept { return front().bytes().subspan(done_); }

  // The chunks that are not done; of the first one, front_done() bytes are.
  std::span<const Chunk> left() const noexcept { return std::span(chunks_).subspan(first_); }

  bool has_external() const noexcept;
  // The bytes left before the next external chunk; counting may stop at `enough`.
  std::size_t in_memory(std::size_t enough = kNoLimit) const noexcept;

  // Calls `take` with the rest of each chunk, until it returns false or a chunk is external.
  // Returns true if it has visited all chunks.
  template <class Take>
  bool visit(Take take) const {
    std::size_t done = done_;
    for (std::size_t i = first_; i < chunks_.size(); ++i, done = 0) {
      if (chunks_[i].is_external()) return false;
      const std::span<const std::byte> bytes = chunks_[i].bytes().subspan(done);
      if (!bytes.empty() && !take(bytes)) return false;
    }
    return true;
  }

  // Marks `count` more bytes as done. REQUIRES: as many are left.
  void advance(std::size_t count) noexcept;
  // Reads the rest of the first chunk into memory. REQUIRES: it is external.
  void fetch_front();

 private:
  std::vector<Chunk> chunks_;  // empty once done
  std::size_t first_ = 0;
  std::size_t done_ = 0;  // bytes of the first chunk
};

}  // namespace weir::internal
