// The terminal's size and raw mode.
#pragma once

#include <weir/base/error.h>
#include <weir/stdio/output_stream.h>

#include <expected>
#include <optional>

#include <termios.h>

namespace weir::internal {

std::expected<WindowSize, Error> window_size(int fd);

// Sets a terminal's raw mode, and restores it in the destructor.
class RawMode {
 public:
  explicit RawMode(int fd) noexcept : fd_(fd) {}
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  ~RawMode() { restore(); }

  bool is_on() const noexcept { return before_.has_value(); }
  // Each returns an Error if the terminal refuses.
  Error enter();
  Error leave();
  // Calls leave, and ignores its error.
  void restore() noexcept { static_cast<void>(leave()); }

 private:
  int fd_;
  std::optional<termios> before_;
};

}  // namespace weir::internal
