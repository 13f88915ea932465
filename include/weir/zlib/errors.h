// weir/zlib/errors.h - error codes of the codecs.
//
//   stream->on<weir::Error>([](const weir::Error& error) {
//     if (error.name() == "Z_DATA_ERROR") ...                      // Node: error.code
//     if (error.code() == weir::zlib::Errc::data_error) ...        // Node: error.errno
//     fmt::print("{}\n", error.message());                         // incorrect header check
//   });
//
// - Errors of brotli have Node's names ("ERR__ERROR_FORMAT_PADDING_1"), errors of zstd their
//   library's ("ZSTD_error_prefix_unknown").
// - Truncated input is Z_BUF_ERROR in every format.
// - If memory runs out, error.code() == std::errc::not_enough_memory in every format.
#pragma once

#include <system_error>
#include <type_traits>

namespace weir::zlib {

// Codes of gzip and deflate: zlib's own values; and one code for all formats.
enum class Errc {
  need_dictionary = 2,  // Z_NEED_DICT
  stream_error = -2,    // Z_STREAM_ERROR
  data_error = -3,      // Z_DATA_ERROR
  memory_error = -4,    // Z_MEM_ERROR
  buffer_error = -5,    // Z_BUF_ERROR
  version_error = -6,   // Z_VERSION_ERROR

  initialization_failed = 100,  // ERR_ZLIB_INITIALIZATION_FAILED, Node's own
};

const std::error_category& zlib_category() noexcept;
const std::error_category& brotli_category() noexcept;
const std::error_category& zstd_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;

}  // namespace weir::zlib

template <>
struct std::is_error_code_enum<weir::zlib::Errc> : std::true_type {};
