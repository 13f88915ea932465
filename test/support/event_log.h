// support/event_log.h - EventLog, and the exceptions of calls.
#pragma once

#include <weir/base/error.h>
#include <weir/testing/event_log.h>

#include <string>

#include <fmt/format.h>

namespace weir::test {

// The exception thrown by `call`, or success.
template <class F>
Error thrown_by(F call) {
  try {
    call();
  } catch (...) {
    return Error::from_current_exception();
  }
  return {};
}

}  // namespace weir::test
