// What a terminal is asked and told besides bytes.
#pragma once

#include <weir/base/error.h>
#include <weir/stdio/output_stream.h>

#include <expected>
#include <optional>

#include <termios.h>

namespace weir::internal {

std::expected<WindowSize, Error> window_size(int fd);

// A terminal's raw mode, which goes with this.
class RawMode {
 public:
  explicit RawMode(int fd) noexcept : fd_(fd) {}
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  ~RawMode() { restore(); }

  bool is_on() const noexcept { return before_.has_value(); }
  // Each answers with an Error where the terminal refuses.
  Error enter();
  Error leave();
  // As leave, for who has nobody to tell.
  void restore() noexcept { static_cast<void>(leave()); }

 private:
  int fd_;
  std::optional<termios> before_;
};

}  // namespace weir::internal
