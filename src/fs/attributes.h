// Copies the attributes of a replaced file to the new one.
#pragma once

#include <sys/stat.h>

namespace weir::fs {

// Copies owner, group, mode and extended attributes, including an access control list, as far as
// the process may set them. `fd`, which only its owner can read, gets the mode last. An attribute
// that cannot be set narrows the mode: no set-id under another owner, or if a write by this process
// would clear it; under another group, group and others get the rights of both; without the access
// list, only the owner has rights. `old` is an O_PATH descriptor.
// ERRORS: returns errno for any other failure; 0: success.
int keep_attributes(int old, int fd);

// Calls fchmod if the file system has modes; otherwise fails if the present mode is wider.
// ERRORS: returns errno; 0: success.
int set_mode(int fd, mode_t mode);

}  // namespace weir::fs
