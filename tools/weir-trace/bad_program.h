#pragma once

#include <stdexcept>

namespace trace {

// A program with an unknown step, stream or option.
struct BadProgram : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace trace
