#pragma once

#include <stdexcept>

namespace trace {

// A program that says what this runner (or any) does not know.
struct BadProgram : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace trace
