// Start lines, headers and trailers by llhttp, one whole line at a time.
//
//   HeadParser heads(HTTP_REQUEST, false);
//   heads.begin();
//   RequestLine request;
//   LineFault fault = heads.read("GET / HTTP/1.1", request);
//   Field field;
//   fault = heads.read("Host: x", field);
//
// llhttp 8 and 9 differ in line ends, framing and chunks: the Parser handles these. HeadParser
// refuses everything else that they accept beyond RFC 9112, so that every system refuses the same.
#pragma once

#include "http/parse_error.h"
#include "http/start_line.h"
#include <weir/http/headers.h>

#include <string_view>

#include <llhttp.h>

namespace weir::http {

class HeadParser {
 public:
  // `insecure`: values may contain control characters.
  HeadParser(llhttp_type_t type, bool insecure) noexcept;
  HeadParser(const HeadParser&) = delete;
  HeadParser& operator=(const HeadParser&) = delete;

  // Expects the first line of a message, or its first trailer.
  void begin() noexcept;
  void begin_trailers() noexcept;

  // Parses one line, given without its end. The results are views of the line.
  LineFault read(std::string_view line, RequestLine& result) noexcept;
  LineFault read(std::string_view line, StatusLine& result) noexcept;
  LineFault read(std::string_view line, Field& result) noexcept;

 private:
  struct Callbacks;

  llhttp_errno_t feed(std::string_view line) noexcept;
  std::size_t fault_position(std::string_view line) const noexcept;

  llhttp_t llhttp_;
  // Of the line that was read last.
  std::string_view text_;          // the target or the reason
  const char* version_ = nullptr;  // the first digit of the version
  std::string_view name_;
};

}  // namespace weir::http
