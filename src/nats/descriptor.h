// Descriptor: owns a file descriptor.
#pragma once

#include <utility>

namespace weir::nats::internal {

class Descriptor {
 public:
  Descriptor() noexcept = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();

  int fd() const noexcept { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace weir::nats::internal
