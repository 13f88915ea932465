// weir/base/buffer_transfer.h - a Buffer that moves to another thread.
//
//   loop.post([stream, bytes = BufferTransfer(std::move(buffer))]() mutable {
//     stream->write(std::move(bytes).take());
//   });
//
// A Buffer's count is not atomic, so a Buffer and its copies stay on one thread. A BufferTransfer
// is made from a Buffer that its owner gives up, and can only be moved: two threads never count the
// same memory.
#pragma once

#include <weir/base/buffer.h>

#include <cstddef>
#include <utility>

namespace weir {

class BufferTransfer {
 public:
  BufferTransfer() noexcept = default;  // no bytes
  // Takes over the memory if no other Buffer shares it. Otherwise copies the bytes.
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

  // Call on the destination thread.
  Buffer take() && noexcept { return std::exchange(buffer_, {}); }

 private:
  Buffer buffer_;
};

}  // namespace weir
