// weir/stream/reservation.h - Reservation: memory for bytes that are created in place and then
// written.
//
//   weir::Reservation space = stream->reserve(message.largest_size());
//   char* const end = message.encode(space.data());
//   if (!space.commit(end - space.data()))   // as write(): false means wait for Drain
//     stream->once<Drain>([&] { resume(); });
//
// - If the stream merges small writes and nothing was written between reserve and commit, the bytes
//   are in the stream's buffer already, and commit copies nothing.
// - The bytes are written in the order of the commits. Until then they are not a part of the
// stream:
//   writable_length does not count them, and end() does not wait for them.
// - The memory belongs to the Reservation until commit or its destruction, whatever happens to the
//   stream: other writes, other reservations, destroy. Each Reservation is independent.
// - A Reservation keeps its stream alive. Use it on the stream's thread.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/callback.h>
#include <weir/base/ref.h>
#include <weir/stream/writable.h>

#include <cstddef>
#include <utility>

namespace weir {

class [[nodiscard]] Reservation {
 public:
  Reservation(Reservation&&) noexcept = default;
  Reservation& operator=(Reservation&& other) noexcept {
    const Reservation previous(std::exchange(stream_, std::move(other.stream_)),
                               std::exchange(bytes_, std::exchange(other.bytes_, {})));
    return *this;
  }
  // Gives the memory back, with nothing written, unless commit was called.
  ~Reservation() {
    if (stream_) stream_->give_back(bytes_);
  }

  // The memory, uninitialised. It ends with commit.
  char* data() const noexcept {
    // NOLINTNEXTLINE: until commit, the bytes are this object's alone
    return const_cast<char*>(reinterpret_cast<const char*>(bytes_.data()));
  }
  std::size_t size() const noexcept { return bytes_.size(); }
  char* begin() const noexcept { return data(); }
  char* end() const noexcept { return data() + size(); }

  Writable& stream() const noexcept { return *stream_; }

  // Writes the first `size` bytes, as Writable::write of a Buffer: same result, callback and
  // errors. Afterwards the size is 0. Of 0 bytes, only the callback is written. ERRORS: throws
  // ERR_OUT_OF_RANGE if `size` is larger than the memory, which stays reserved.
  bool commit(std::size_t size, Callback callback = {});

 private:
  friend class Writable;

  Reservation(Writable& stream, Buffer bytes) noexcept
      : stream_(&stream), bytes_(std::move(bytes)) {}
  Reservation(Ref<Writable> stream, Buffer bytes) noexcept
      : stream_(std::move(stream)), bytes_(std::move(bytes)) {}

  Ref<Writable> stream_;  // null after a move
  Buffer bytes_;
};

}  // namespace weir
