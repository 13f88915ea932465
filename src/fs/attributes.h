// Attributes that a replacing file takes over from the replaced one.
#pragma once

#include <sys/stat.h>

namespace weir::fs {

// Owner, group, mode and extended attributes, an access control list among them, where the process
// may give them. `fd`, which only its owner can read, gets the mode last. An attribute that may not
// be set narrows it: no set-id under another owner, or by a process for which a write would clear
// it; for another group, group and others get what both had; without the access list, only the
// owner. `old` is an O_PATH descriptor. ERRORS: errno, of what fails for another reason; 0:
// success.
int keep_attributes(int old, int fd);

// fchmod, where the file system has modes; elsewhere none that is wider may be there already.
// ERRORS: errno; 0: success.
int set_mode(int fd, mode_t mode);

}  // namespace weir::fs
