// Lines out of pieces of bytes, each without its end, CR LF.
//
// A line that one piece holds is not copied. One that goes on in the next piece is kept until then.
#pragma once

#include "http/parse_error.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::http {

class LineReader {
 public:
  struct Rules {
    std::size_t most = 0;  // bytes of a line
    bool takes_bare_lf = false;
    bool unfolds = false;  // a line that begins with a space goes on with the one before
  };

  enum class Status : std::uint8_t { line, partial, too_long, missing_cr };

  // Takes a line from the front of `rest`. Unless the status is `line`, none is whole yet:
  // `partial` has taken all of `rest`.
  Status next(std::string_view& rest, const Rules& rules);

  // The line; where none is whole, the beginning that has come. Good until the next call.
  std::string_view line() const noexcept { return line_; }
  // Bytes of the line that came in earlier pieces.
  std::size_t earlier() const noexcept { return earlier_; }

 private:
  enum class Kept : std::uint8_t {
    none,
    part,     // a line that has not ended
    pending,  // one that has, and may go on folded
    given,    // the one given last
  };

  Status take(std::string_view& rest, const Rules& rules);
  void keep_line();
  void forget() noexcept;

  std::string kept_;
  std::string_view line_;
  std::size_t earlier_ = 0;
  Kept state_ = Kept::none;
};

}  // namespace weir::http
