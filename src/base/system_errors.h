// The names and messages of errno's values, in the words that Node (and libuv) print.
#pragma once

namespace weir {

struct SystemError {
  const char* name;
  const char* message;
};

// An errno value that has no entry is {"UNKNOWN", "unknown error"}.
SystemError describe_system_error(int error_number) noexcept;

}  // namespace weir
