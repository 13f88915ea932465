#include "zlib/zlib_failure.h"

#include <weir/zlib/errors.h>

#include <string_view>

namespace weir::zlib {
namespace {

std::string_view status_name(int status) {
  switch (status) {
    case Z_NEED_DICT:
      return "Z_NEED_DICT";
    case Z_ERRNO:
      return "Z_ERRNO";
    case Z_STREAM_ERROR:
      return "Z_STREAM_ERROR";
    case Z_DATA_ERROR:
      return "Z_DATA_ERROR";
    case Z_MEM_ERROR:
      return "Z_MEM_ERROR";
    case Z_BUF_ERROR:
      return "Z_BUF_ERROR";
    case Z_VERSION_ERROR:
      return "Z_VERSION_ERROR";
    default:
      return "Z_OK";
  }
}

}  // namespace

Failure zlib_failure(const z_stream& stream, int status, const char* message) noexcept {
  return {{status, zlib_category()}, status_name(status), stream.msg ? stream.msg : message};
}

}  // namespace weir::zlib
