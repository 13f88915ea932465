// weir/base/buffer_transfer.h - a Buffer on its way to another thread.
//
//   loop.post([stream, bytes = BufferTransfer(std::move(buffer))]() mutable {
//     stream->write(std::move(bytes).take());
//   });
//
// A Buffer's count is not atomic, so a Buffer and its copies stay on one thread. A transfer is made
// of one that is given up, and can be moved only: at no time do two threads count the same memory.
#pragma once

#include <weir/base/buffer.h>

#include <cstddef>
#include <utility>

namespace weir {

class BufferTransfer {
 public:
  BufferTransfer() noexcept = default;  // no bytes
  // Takes the memory along where no other Buffer shares it, else copies the bytes.
  explicit BufferTransfer(Buffer&& buffer);
  BufferTransfer(const BufferTransfer&) = delete;
  BufferTransfer& operator=(const BufferTransfer&) = delete;
  BufferTransfer(BufferTransfer&& other) noexcept : buffer_(std::move(other).take()) {}
  BufferTransfer& operator=(BufferTransfer&& other) noexcept {
    buffer_ = std::move(other).take();
    return *this;
  }
  ~BufferTransfer() = default;

  std::size_t size() const noexcept { return buffer_.size(); }

  // On the thread that it has come to.
  Buffer take() && noexcept { return std::exchange(buffer_, {}); }

 private:
  Buffer buffer_;
};

}  // namespace weir
