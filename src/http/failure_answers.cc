#include "http/failure_answers.h"

#include "http/parse_error.h"
#include <weir/http/status.h>

#include <fmt/format.h>

namespace weir::http {

Buffer answer_to(const Error& error) {
  const int status = status_for(error);
  return Buffer::copy(
      fmt::format("HTTP/1.1 {} {}\r\nConnection: close\r\n\r\n", status, status_text(status)));
}

Buffer internal_server_error() {
  return Buffer::literal("HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n");
}

}  // namespace weir::http
