// weir/fs/flags.h - how a file is opened, by Node's letters or the system's bits.
//
//   "w"  write, truncated or created     "a"  append, created if missing     "r+" write, must exist
//   "wx" "ax"  fail where the file exists       "as"  append, each write synchronous
#pragma once

#include <string_view>

namespace weir::fs {

class OpenFlags {
 public:
  // Of r rs r+ rs+ w wx w+ wx+ a ax as a+ ax+ as+ (and their turned spellings, xw).
  // ERRORS: throws ERR_INVALID_ARG_VALUE for any other.
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
