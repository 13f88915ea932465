// support/file_calls.h - the calls by which a file is replaced or rotated, made to fail on command.
//
//   FailingFileCalls failing({.call = "renameat", .error = EBUSY});
//   FailingFileCalls failing({.first = 3, .error = EIO});  // the third of all
//   ...
//   EXPECT_TRUE(failing.have_failed());
//
// Of all threads, from its construction to its end: a step of a replacement runs on the pool. One
// at a time. Made by a test program that uses it: its calls, and libuv's, come through here.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <string>

namespace weir::test {

constexpr std::size_t kAlways = std::numeric_limits<std::size_t>::max();

class FailingFileCalls {
 public:
  struct Which {
    // Its name; empty: any, except writes; "O_TMPFILE": an openat of a file without a name;
    // "write": a write to a regular file at its position.
    std::string call = {};
    std::size_t first = 1;  // to fail of those
    int error = 0;
    std::size_t count = 1;
    bool has_nameless = true;  // the file system knows O_TMPFILE
    // Also those of a rotation: fdatasync, fstat, fstatat, readdir, renameat2, syncfs and unlinkat.
    bool includes_rotation = false;
    // Called once, before that call of them that would fail, which is made then.
    std::function<void()> before = {};
  };

  explicit FailingFileCalls(Which which);
  FailingFileCalls(const FailingFileCalls&) = delete;
  FailingFileCalls& operator=(const FailingFileCalls&) = delete;
  ~FailingFileCalls();

  bool have_failed() const;
  // The names of all calls so far: "openat openat O_TMPFILE fchmod".
  std::string calls() const;
};

}  // namespace weir::test
