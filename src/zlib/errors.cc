#include <weir/zlib/errors.h>

#include "zlib/brotli_codec.h"
#include "zlib/codec.h"

#include <string>

#include <zlib.h>
#include <zstd_errors.h>

namespace weir::zlib {
namespace {

class ZlibCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "zlib"; }
  std::string message(int value) const override { return ::zError(value); }
};

class BrotliCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "brotli"; }
  std::string message(int value) const override { return brotli_error_name(value); }
};

class ZstdCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "zstd"; }
  std::string message(int value) const override {
    return ::ZSTD_getErrorString(static_cast<ZSTD_ErrorCode>(value));
  }
};

}  // namespace

const std::error_category& zlib_category() noexcept {
  static const ZlibCategory category;
  return category;
}
const std::error_category& brotli_category() noexcept {
  static const BrotliCategory category;
  return category;
}
const std::error_category& zstd_category() noexcept {
  static const ZstdCategory category;
  return category;
}

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), zlib_category()};
}

Failure unexpected_end() { return {Errc::buffer_error, "Z_BUF_ERROR", "unexpected end of file"}; }

}  // namespace weir::zlib
