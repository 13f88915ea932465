// Refuses to write to a file what is read from it, or from two streams at once: by device and
// inode, however each is named.
#pragma once

#include <string>
#include <vector>

namespace tool {

// A file that a command reads or writes.
struct FileUse {
  enum class How : unsigned char { read, written, replaced };

  std::string name;  // as the user gave it: a path, unless it is a standard stream
  How how;
  bool is_standard = false;  // input where it is read, else output
};

// Files that are replaced may be read: what was read of them is not touched before the end.
// Terminals, FIFOs and the like may be anything at once.
// ERRORS: throws an Error, for people: "'a' and 'b' are the same file".
void refuse_same_file(const std::vector<FileUse>& uses);

}  // namespace tool
