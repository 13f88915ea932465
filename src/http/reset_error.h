// The Error of a connection lost before the end of a message. Node: ConnResetException.
#pragma once

#include <weir/base/error.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace weir::http {

inline Error connection_reset(std::string message) {
  return Error::named({ECONNRESET, std::system_category()}, "ECONNRESET", std::move(message));
}

}  // namespace weir::http
