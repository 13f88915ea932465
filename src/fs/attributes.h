// What a file that replaces another takes over from it.
#pragma once

#include <sys/stat.h>

namespace weir::fs {

// Owner, group, mode and extended attributes, an access control list among them, where the process
// may give them. `fd`, which only its owner can read, gets the mode last: no bit of set-id under
// another owner, and nothing for a group, or for others, that could not read the old file.
// Both are descriptors, `old` an O_PATH one. ERRORS: errno; 0: success.
int keep_attributes(int old, int fd);

}  // namespace weir::fs
