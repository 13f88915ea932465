// Refuses to write to a file that is also read, or written twice. Compares devices and inodes, not
// names.
#pragma once

#include <string>
#include <vector>

namespace tool {

// A file that a command reads or writes.
struct FileUse {
  enum class How : unsigned char { read, written, replaced };

  std::string name;  // as given by the user: a path, unless it is a standard stream
  How how;
  bool is_standard = false;  // standard input as a source, standard output as a destination
};

// A file that is replaced may also be read: it changes only at the end. Terminals, FIFOs and the
// like may be used in any way.
// ERRORS: throws an Error for users: "'a' and 'b' are the same file".
void refuse_same_file(const std::vector<FileUse>& uses);

}  // namespace tool
