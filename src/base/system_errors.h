// The names and messages of all of Linux' errno values, in the words that Node and libuv print
// where they have any.
#pragma once

namespace weir {

struct SystemError {
  const char* name;
  const char* message;
};

// An errno value that has no entry is {"UNKNOWN", "unknown error"}.
SystemError describe_system_error(int error_number) noexcept;

}  // namespace weir
