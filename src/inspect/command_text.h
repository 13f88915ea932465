// The command line of a program as its page shows it: without passwords and tokens.
#pragma once

#include <string>
#include <string_view>

namespace weir::internal {

// `arguments`: each followed by a null, as in /proc/PID/cmdline. They are separated by spaces in
// the result. Cut are
// - the user and password of a URL's host;
// - the value of an option or of a URL's parameter whose name ends with "token", "password",
//   "passwd" or "secret", also in the argument after the option.
std::string command_text(std::string_view arguments);

}  // namespace weir::internal
