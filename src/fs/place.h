// The target of a path after its last links: a directory that is held open, and a name in it.
#pragma once

#include "fs/unique_fd.h"

#include <expected>
#include <string>

#include <sys/stat.h>

namespace weir::fs {

struct Place {
  UniqueFd folder;          // O_PATH
  std::string folder_path;  // for messages
  std::string name;
  UniqueFd entry;        // O_PATH, the file with this name; none: there is none
  struct stat status{};  // of the entry
  // The last link is one of /proc, whose text is not a path: only an open follows it.
  bool is_magic = false;
};

// Follows the last links itself and holds each directory, so that the result cannot change; the
// system follows links in earlier directories. A link of another user (except root) is followed
// only into a directory of that user's; in a sticky directory that others may write to, only links
// of this process's user and of the directory's owner.
// ERRORS: errno of the open that a shell's `>` would make: EISDIR, ELOOP, ENOENT for a missing
// directory, EACCES.
std::expected<Place, int> find_place(std::string path);

}  // namespace weir::fs
