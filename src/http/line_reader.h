// Splits pieces of bytes into lines, without their CR LF.
//
// A line within one piece is not copied. A line that continues in the next piece is kept until
// then.
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
    std::size_t most = 0;  // longest line, in bytes
    bool takes_bare_lf = false;
    bool unfolds = false;  // a line that begins with a space continues the line before
  };

  enum class Status : std::uint8_t { line, partial, too_long, missing_cr };

  // Takes a line from the front of `rest`. With any status but `line`, no line is complete yet;
  // `partial` has taken all of `rest`.
  Status next(std::string_view& rest, const Rules& rules);

  // The line, or the beginning of an incomplete one. Valid until the next call.
  std::string_view line() const noexcept { return line_; }
  // Bytes of the line from earlier pieces.
  std::size_t earlier() const noexcept { return earlier_; }

 private:
  enum class Kept : std::uint8_t {
    none,
    part,     // an incomplete line
    pending,  // a complete line that a fold may continue
    given,    // the line returned last
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
