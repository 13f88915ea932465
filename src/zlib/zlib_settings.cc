#include "zlib/zlib_settings.h"

#include "zlib/range.h"
#include <weir/base/buffer.h>

#include <optional>

#include <fmt/format.h>

namespace weir::zlib {
namespace {

constexpr int kUsualWindow = 15;
// Added to the window bits, these select a gzip wrapper, or detection of either wrapper.
constexpr int kGzip = 16;
constexpr int kEither = 32;

// 0 means the window size in the input; raw data has none.
bool may_name_no_window(ZlibMode mode) noexcept {
  return mode == ZlibMode::inflate || mode == ZlibMode::gunzip || mode == ZlibMode::unzip;
}

int window_bits(ZlibMode mode, std::optional<int> option) {
  int bits = option.value_or(may_name_no_window(mode) ? 0 : kUsualWindow);
  if (bits != 0 || !may_name_no_window(mode))
    check_range("options.window_bits", bits, mode == ZlibMode::gzip ? 9 : 8, 15);
  switch (mode) {
    case ZlibMode::gzip:
    case ZlibMode::gunzip:
      return bits + kGzip;
    case ZlibMode::unzip:
      return bits + kEither;
    case ZlibMode::deflate_raw:
      // zlib would use 9, and without a header the decoder would not know.
      return bits == 8 ? -9 : -bits;
    case ZlibMode::inflate_raw:
      return -bits;
    case ZlibMode::deflate:
    case ZlibMode::inflate:
      break;
  }
  return bits;
}

std::vector<std::byte> dictionary_for(ZlibMode mode, const Buffer& dictionary) {
  if (mode == ZlibMode::gzip) return {};  // the format has no dictionary id
  return {dictionary.bytes().begin(), dictionary.bytes().end()};
}

}  // namespace

void check_params(int level, Strategy strategy, const char* prefix) {
  check_range(fmt::format("{}level", prefix), level, -1, 9);
  check_range(fmt::format("{}strategy", prefix), static_cast<int>(strategy), 0, 4);
}

ZlibSettings zlib_settings(ZlibMode mode, const ZlibOptions& options) {
  const int bits = window_bits(mode, options.window_bits);
  check_range("options.mem_level", options.mem_level, 1, 9);
  check_params(options.level, options.strategy, "options.");
  return {
      .level = options.level,
      .window_bits = bits,
      .mem_level = options.mem_level,
      .strategy = static_cast<int>(options.strategy),
      .dictionary = dictionary_for(mode, options.dictionary),
      .rejects_garbage = options.reject_garbage_after_end,
  };
}

}  // namespace weir::zlib
