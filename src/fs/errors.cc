#include <weir/fs/errors.h>

#include "base/code_table.h"

namespace weir::fs {
namespace {

constexpr CodeEntry kCodes[] = {
    {Errc::line_too_long, {"ERR_LINE_TOO_LONG", "RangeError", "A line is too long"}},
};

const CodeTable& codes() noexcept {
  static const CodeTable table("fs", kCodes);
  return table;
}

}  // namespace

const std::error_category& file_category() noexcept { return codes(); }

std::error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), codes()}; }

const ErrorWords& words_of(Errc code) noexcept { return codes().words(code); }

}  // namespace weir::fs
