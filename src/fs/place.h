// Where a path leads, with its last links followed: a folder that is held open, and a name in it.
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
  UniqueFd entry;        // O_PATH, what has the name; none: nothing has
  struct stat status{};  // of the entry
  // The last link is one of /proc, whose text is no path: only an open follows it.
  bool is_magic = false;
};

// Follows the last links itself, so that what is found is what is held; those of folders before it,
// the system does. A link of another user, root excepted, is followed only into a folder of that
// user's; in a sticky folder that others may write to, only the process's own links and those of
// the folder's owner are. ERRORS: errno of the open that `>` would make: EISDIR, ELOOP, ENOENT
// where a folder is missing, EACCES.
std::expected<Place, int> find_place(std::string path);

}  // namespace weir::fs
