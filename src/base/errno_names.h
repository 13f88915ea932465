// The names and messages of all errno values of Linux, as in Node and libuv where they exist.
#pragma once

namespace weir {

struct SystemError {
  const char* name;
  const char* message;
};

// An errno value that has no entry is {"UNKNOWN", "unknown error"}.
SystemError describe_system_error(int error_number) noexcept;

}  // namespace weir
