// The TCP ports that a process listens on.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace tool {

// Places of ProcessEvents ("127.0.0.1:9229", "[::1]:9229") for the listening sockets of a process,
// from /proc. Empty if there is no such process, it listens nowhere, or it belongs to another user.
std::vector<std::string> listening_places(pid_t process);

}  // namespace tool
