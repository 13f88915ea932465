// The first line of a message (RFC 9112, 3 and 4), without its line end.
#pragma once

#include "http/parse_error.h"

#include <string_view>

namespace weir::http {

struct Version {
  int major = 0;
  int minor = 0;
};

struct RequestLine {
  std::string_view method;  // points to a static string
  std::string_view target;
  Version version;
};

struct StatusLine {
  Version version;
  int status = 0;
  std::string_view reason;
};

// Refuse lines that llhttp accepts beyond RFC 9112: other protocols, versions, spaces and forms of
// targets.
LineFault check_request_line(std::string_view line, const RequestLine& parsed) noexcept;
LineFault check_status_line(std::string_view line, const StatusLine& parsed) noexcept;

// Find faults in the beginning of an incomplete line: a peer that speaks another protocol may wait
// for a response before it ends the line.
LineFault check_request_start(std::string_view start) noexcept;
LineFault check_status_start(std::string_view start) noexcept;

// Whether the line begins with a method that llhttp does not know.
bool has_unknown_method(std::string_view line) noexcept;

}  // namespace weir::http
