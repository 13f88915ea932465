// weir/fs/errors.h - the error codes of file streams that do not come from a system call.
//
//   if (error == weir::fs::Errc::line_too_long) ...     // error.name() is "ERR_LINE_TOO_LONG"
#pragma once

#include <weir/base/error.h>

#include <system_error>
#include <type_traits>

namespace weir::fs {

enum class Errc {
  line_too_long = 1,  // read_lines has a limit, and Node none
};

const std::error_category& file_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;
const ErrorWords& words_of(Errc code) noexcept;

}  // namespace weir::fs

template <>
struct std::is_error_code_enum<weir::fs::Errc> : std::true_type {};
