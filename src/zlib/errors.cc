#include <weir/zlib/errors.h>

#include "zlib/brotli_codec.h"
#include "zlib/codec.h"

#include <string>

#include <zlib.h>
#include <zstd_errors.h>

namespace weir::zlib {
namespace {

// Each library reports missing memory in its own way.
std::error_condition condition(bool no_memory, int value,
                               const std::error_category& category) noexcept {
  if (no_memory) return std::errc::not_enough_memory;
  return {value, category};
}

class ZlibCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "zlib"; }
  std::string message(int value) const override {
    return value == static_cast<int>(Errc::initialization_failed) ? "Initialization failed"
                                                                  : ::zError(value);
  }
  std::error_condition default_error_condition(int value) const noexcept override {
    return condition(value == Z_MEM_ERROR, value, *this);
  }
};

class BrotliCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "brotli"; }
  std::string message(int value) const override { return brotli_error_name(value); }
  std::error_condition default_error_condition(int value) const noexcept override {
    return condition(is_brotli_allocation_error(value), value, *this);
  }
};

class ZstdCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "zstd"; }
  std::string message(int value) const override {
    return ::ZSTD_getErrorString(static_cast<ZSTD_ErrorCode>(value));
  }
  std::error_condition default_error_condition(int value) const noexcept override {
    return condition(value == ZSTD_error_memory_allocation, value, *this);
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

Error Failure::error() const {
  return Error::named(code, name.empty() ? "ERR_" + code.message() : std::string(name),
                      std::string(message));
}

Failure trailing_junk() noexcept {
  return {Errc::data_error, "ERR_TRAILING_JUNK_AFTER_STREAM_END",
          "Trailing junk found after the end of the compressed stream"};
}

Failure unexpected_end() noexcept {
  return {Errc::buffer_error, "Z_BUF_ERROR", "unexpected end of file"};
}
Failure out_of_memory() noexcept {
  return {std::make_error_code(std::errc::not_enough_memory), "ENOMEM", "not enough memory"};
}

}  // namespace weir::zlib
