// weir/fs/flags.h - OpenFlags: Node's letters, or the system's bits, for opening a file.
//
//   "w"  write, truncate or create     "a"  append, create if missing     "r+" write, must exist
//   "wx" "ax"  fail if the file exists       "as"  append, each write synchronous
#pragma once

#include <string_view>

namespace weir::fs {

class OpenFlags {
 public:
  // One of r rs r+ rs+ w wx w+ wx+ a ax as a+ ax+ as+ (or the letters in another order: xw).
  // ERRORS: throws ERR_INVALID_ARG_VALUE for any other text.
  OpenFlags(std::string_view letters);                                      // NOLINT
  OpenFlags(const char* letters) : OpenFlags(std::string_view(letters)) {}  // NOLINT
  // O_WRONLY | O_CREAT ...
  constexpr OpenFlags(int bits) noexcept : bits_(bits) {}  // NOLINT

  constexpr int bits() const noexcept { return bits_; }
  bool appends() const noexcept;
  friend constexpr bool operator==(OpenFlags, OpenFlags) noexcept = default;

 private:
  int bits_;
};

}  // namespace weir::fs
