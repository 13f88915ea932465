// Start lines, headers and trailers by llhttp, one whole line at a time.
//
//   HeadParser heads(HTTP_REQUEST, false);
//   heads.begin();
//   RequestLine request;
//   LineFault fault = heads.read("GET / HTTP/1.1", request);
//   Field field;
//   fault = heads.read("Host: x", field);
//
// llhttp 8 and 9 differ in line ends, in framing and in chunks: those are the Parser's. What else
// they take beyond RFC 9112 is refused here, so that every system refuses the same.
#pragma once

#include "http/parse_error.h"
#include "http/start_line.h"
#include <weir/http/headers.h>

#include <string_view>

#include <llhttp.h>

namespace weir::http {

class HeadParser {
 public:
  // `insecure`: values may have control characters.
  HeadParser(llhttp_type_t type, bool insecure) noexcept;
  HeadParser(const HeadParser&) = delete;
  HeadParser& operator=(const HeadParser&) = delete;

  // The next line is the first one of a message, or its first trailer.
  void begin() noexcept;
  void begin_trailers() noexcept;

  // Each line is given without its end; the results view it.
  LineFault read(std::string_view line, RequestLine& result) noexcept;
  LineFault read(std::string_view line, StatusLine& result) noexcept;
  LineFault read(std::string_view line, Field& result) noexcept;

 private:
  struct Callbacks;

  llhttp_errno_t feed(std::string_view line) noexcept;
  std::size_t fault_position(std::string_view line) const noexcept;

  llhttp_t llhttp_;
  // Of the line that was fed last.
  std::string_view text_;          // a target or a reason
  const char* version_ = nullptr;  // its first digit
  std::string_view name_;
};

}  // namespace weir::http
