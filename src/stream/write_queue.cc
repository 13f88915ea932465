#include <weir/stream/internal/write_queue.h>

#include <weir/base/block.h>

#include <algorithm>
#include <span>
#include <utility>

namespace weir::internal {
namespace {

constexpr std::size_t kLargestBlock = std::size_t{1} << 20;
// Room for the write that reaches the mark.
constexpr std::size_t kBeyondMark = 4096;

}  // namespace

Completion WriteQueue::take_callbacks() {
  Completion taken(std::exchange(lead_, Completion::Lead::none));
  while (!callbacks_.empty() && callbacks_[0].chunks <= taken_) {
    taken.add(std::move(callbacks_[0].callback));
    callbacks_.drop_front();
  }
  return taken;
}

Completion WriteQueue::take_all_callbacks() {
  Completion all(std::exchange(lead_, Completion::Lead::none));
  while (!callbacks_.empty()) all.add(callbacks_.pop_front().callback);
  return all;
}

void WriteQueue::add_stage(Stage stage, Callback&& callback) {
  stages_.emplace_back(all_chunks(), stage, std::move(callback));
}

WriteQueue::DueStages WriteQueue::take_due_stages() {
  DueStages due{.stage = stages_.front().stage, .callbacks = {}};
  while (has_due_stage() && (due.stage == Stage::synced || stages_[0].stage == due.stage))
    due.callbacks.add(stages_.pop_front().callback);
  return due;
}

Completion WriteQueue::take_all_stages() {
  Completion all;
  while (!stages_.empty()) all.add(stages_.pop_front().callback);
  return all;
}

ByteQueue::ByteQueue(std::size_t batch) noexcept
    : ChunkQueue(std::min(batch, kLargestBlock) + kBeyondMark) {}

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

Buffer ByteQueue::reserve(std::size_t size) {
  if (!Slab::takes(size)) return Block(size).take(size);
  if (!merged_.has_appended() || !merged_.fits(size)) {
    finish_chunk();
    merged_.open(size);
    close_room();  // no write has asked the writable side for it
  }
  return merged_.reserve(size);
}

Buffer ByteQueue::take_reserved(const Buffer& reserved, std::size_t size) {
  if (!has_reserved(reserved)) return reserved.slice(0, size);
  finish_chunk();
  merged_.commit(size);
  return merged_.take();
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
    if (Chunk& chunk = chunks()[i]; chunk.is_external())
      static_cast<Buffer&>(chunk) = chunk.external_bytes().fetch(chunk.size());
}

void ByteQueue::cut(std::size_t index, std::size_t bytes) {
  Chunk& chunk = chunks()[index];
  chunk = Chunk(chunk.slice(bytes));
  shortened(bytes);
}

}  // namespace weir::internal
