#include "zlib/zlib_codec.h"

#include "zlib/deflate_codec.h"
#include "zlib/inflate_codec.h"

#include <utility>

namespace weir::zlib {
namespace {

bool compresses(ZlibMode mode) noexcept {
  return mode == ZlibMode::deflate || mode == ZlibMode::gzip || mode == ZlibMode::deflate_raw;
}

}  // namespace

std::unique_ptr<Codec> make_zlib_codec(ZlibMode mode, const ZlibOptions& options) {
  ZlibSettings settings = zlib_settings(mode, options);
  if (compresses(mode)) return std::make_unique<DeflateCodec>(std::move(settings));
  return std::make_unique<InflateCodec>(std::move(settings));
}

}  // namespace weir::zlib
