// weir/stream/internal/write_queue.h - WriteQueue: the writes that wait for the sink.
//
// It has their chunks, lengths and callbacks, and the flushes and syncs between them, in order:
//
//   WriteQueue     the interface for WriteSide, for chunks of any type
//   ChunkQueue<C>  adds the chunks
//   ByteQueue      for bytes: merges small writes into one chunk
//
// A write without a callback costs only its chunk; a merged write costs a copy of its bytes.
// length() counts both immediately. A flush or sync that stands between two chunks is due when the
// sink is done with all chunks it has taken: so syncs that stand before and after a batch are one.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/ring.h>
#include <weir/base/slab.h>
#include <weir/stream/chunk.h>
#include <weir/stream/internal/completion.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::internal {

// Where the bytes of earlier writes have to be when a flush or a sync completes.
enum class Stage : std::uint8_t {
  flushed,  // with the system
  synced    // on the disk
};

class WriteQueue {
 public:
  WriteQueue(const WriteQueue&) = delete;
  WriteQueue& operator=(const WriteQueue&) = delete;
  virtual ~WriteQueue() = default;

  // In bytes; in objects; in characters if text is not decoded.
  std::size_t length() const noexcept { return length_ + merged_.size(); }
  // The number of chunks, without the one that is being merged.
  std::size_t count() const noexcept { return static_cast<std::size_t>(added_ - taken_); }
  // Since the stream was created, with the one that is being merged.
  std::uint64_t all_chunks() const noexcept { return added_ + (merged_.has_appended() ? 1 : 0); }
  std::uint64_t taken_chunks() const noexcept { return taken_; }
  bool empty() const noexcept { return !has_chunks() && callbacks_.empty() && stages_.empty(); }

  // Adds the callback of the last write. REQUIRES: it is not empty.
  void add_callback(Callback&& callback) {
    callbacks_.emplace_back(all_chunks(), std::move(callback));
  }
  // Takes the callback of the first chunk, before the chunk is taken; empty if it has none.
  Callback take_callback() noexcept {
    if (callbacks_.empty() || callbacks_[0].chunks != taken_ + 1) return {};
    return callbacks_.pop_front().callback;
  }
  // The last write, alone here, leads those that are added before the callbacks are taken.
  void lead() noexcept {
    lead_ = callbacks_.empty() ? Completion::Lead::has_no_call : Completion::Lead::first;
  }
  // Takes the callbacks of the chunks that are taken; of all chunks.
  Completion take_callbacks();
  Completion take_all_callbacks();

  // Adds a flush or sync after the last write. REQUIRES: callback is not empty.
  void add_stage(Stage stage, Callback&& callback);
  // True if the first one has no chunk before it.
  bool has_due_stage() const noexcept { return !stages_.empty() && stages_[0].chunks <= taken_; }
  // Takes the callbacks of the due ones that one call of the sink completes: the flushes before the
  // first sync, or all. REQUIRES: has_due_stage().
  struct DueStages {
    Stage stage;
    Completion callbacks;
  };
  DueStages take_due_stages();
  Completion take_all_stages();

  // Drops the first chunk. REQUIRES: count() > 0. Returns its length.
  virtual std::size_t drop_chunk() noexcept = 0;
  // Drops all chunks. The callbacks stay, to be taken.
  virtual void drop_chunks() noexcept = 0;

  // The number of bytes that may be merged without calling the writable side.
  void allow(std::size_t bytes) noexcept {
    merged_.unlimit();
    merged_.limit(bytes);
  }
  // As allow(0): the next write calls the writable side.
  void close_room() noexcept { merged_.limit(0); }

 protected:
  explicit WriteQueue(std::size_t largest_block) noexcept : merged_(largest_block) {}
  void added(std::size_t length) noexcept {
    length_ += length;
    ++added_;
  }
  void taken(std::size_t length) noexcept {
    length_ -= length;
    ++taken_;
  }
  void shortened(std::size_t by) noexcept { length_ -= by; }

  // The last chunk while it grows; only for bytes.
  Slab merged_;

 private:
  // `chunks`: the number of chunks, since the stream was created, up to the last one waited for.
  struct Waiting {
    std::uint64_t chunks;
    Callback callback;
  };
  struct WaitingStage {
    std::uint64_t chunks;
    Stage stage;
    Callback callback;
  };

  bool has_chunks() const noexcept { return added_ != taken_ || merged_.has_appended(); }

  std::size_t length_ = 0;   // of the chunks
  std::uint64_t added_ = 0;  // chunks, since the stream was created
  std::uint64_t taken_ = 0;
  Ring<Waiting> callbacks_;
  Ring<WaitingStage> stages_;
  Completion::Lead lead_ = Completion::Lead::none;
};

template <class C>
class ChunkQueue : public WriteQueue {
 public:
  explicit ChunkQueue(std::size_t largest_block = 0) noexcept : WriteQueue(largest_block) {}

  template <class Source>
  void push(Source&& chunk, std::size_t length) {
    chunks_.emplace_back(std::forward<Source>(chunk));
    added(length);
  }

  // REQUIRES: count() > 0.
  std::size_t first_length() const noexcept { return length_of(chunks_[0]); }
  // REQUIRES: count() > 0.
  C take() noexcept {
    C chunk = chunks_.pop_front();
    taken(length_of(chunk));
    return chunk;
  }
  // Takes the chunks of one batch: all, or those that together reach `most`.
  BasicBatch<C> take_batch(std::size_t most) {
    BasicBatch<C> batch;
    batch.chunks.reserve(chunks_.size());
    while (!chunks_.empty() && batch.length < most) {
      batch.chunks.push_back(chunks_.pop_front());
      const std::size_t length = length_of(batch.chunks.back());
      taken(length);
      batch.length += length;
    }
    return batch;
  }

  std::size_t drop_chunk() noexcept override { return length_of(take()); }
  void drop_chunks() noexcept override {
    while (!chunks_.empty()) take();
  }

  Ring<C>& chunks() noexcept { return chunks_; }
  const Ring<C>& chunks() const noexcept { return chunks_; }

 private:
  Ring<C> chunks_;
};

// Its slab holds the copied bytes: merged, or as separate chunks.
class ByteQueue final : public ChunkQueue<Chunk> {
 public:
  // One merged chunk holds about `batch` bytes.
  explicit ByteQueue(std::size_t batch) noexcept;

  // True if this number of bytes, at least one, may be merged without calling the writable side.
  bool has_room(std::size_t size) const noexcept { return size - 1 < merged_.room(); }
  // REQUIRES: has_room(bytes.size()). Returns true.
  bool append(std::span<const std::byte> bytes) noexcept { return merged_.append(bytes); }
  bool append(std::string_view text) noexcept { return merged_.append(text); }
  // The number of bytes that may be merged, and the address; advance() reports how many were
  // written there.
  std::size_t room() const noexcept { return merged_.room(); }
  char* cursor() const noexcept { return merged_.cursor(); }
  void advance(std::size_t size) noexcept { merged_.advance(size); }

  // Memory for `size` bytes, at least one, that no write uses: if possible, where the next bytes
  // are merged.
  Buffer reserve(std::size_t size);
  // True if the bytes can be merged without a copy.
  bool has_reserved(const Buffer& reserved) const noexcept {
    return merged_.has_reserved(reserved);
  }
  // Merges the first `size` bytes of the reserved memory. REQUIRES: has_reserved.
  void commit(std::size_t size) noexcept { merged_.commit(size); }
  // True if that may be done without calling the writable side.
  bool has_room_to_commit(std::size_t size) const noexcept {
    return merged_.has_room_to_commit(size);
  }
  // The same as a separate chunk, which is not queued yet.
  Buffer take_reserved(const Buffer& reserved, std::size_t size);

  template <class Source>
  void push(Source&& chunk, std::size_t length) {
    finish_chunk();
    ChunkQueue::push(std::forward<Source>(chunk), length);
  }
  // Appends a copy of the bytes to the last chunk if they fit, otherwise to a new one.
  // REQUIRES: Slab::takes(bytes.size()).
  void merge(std::span<const std::byte> bytes);
  // A separate chunk with a copy of the bytes, after the merged ones; it is not queued yet.
  Buffer copy(std::span<const std::byte> bytes);
  // Turns the merged bytes into a chunk; later bytes start another one.
  void finish_chunk() {
    if (merged_.has_appended()) [[unlikely]]
      push_merged();
  }

  Batch take_batch(std::size_t most) {
    finish_chunk();
    return ChunkQueue::take_batch(most);
  }
  void drop_chunks() noexcept override;

  // Reads the chunks that are not in memory yet.
  void fetch_all();
  // Removes bytes from the front of a chunk, which keeps its place and its callback.
  void cut(std::size_t index, std::size_t bytes);
  // Frees memory that is reserved for later writes.
  void give_back() noexcept { merged_.give_back(); }

 private:
  void push_merged();
};

template <class C>
struct QueueOf {
  using Type = ChunkQueue<C>;
};
template <>
struct QueueOf<Chunk> {
  using Type = ByteQueue;
};

}  // namespace weir::internal
