#include "weir/filter.h"

#include <optional>

namespace tool {
namespace {

namespace zlib = weir::zlib;

// Large compared with the trip to the thread pool, small compared with the memory of a codec.
constexpr std::int64_t kChunk = 64 * 1024;
constexpr std::int64_t kMark = 2 * kChunk;

template <class Options>
Options options_of(const std::optional<int>& level) {
  Options options;
  if constexpr (requires { options.quality; }) {
    options.quality = level.value_or(options.quality);
  } else {
    options.level = level.value_or(options.level);
  }
  options.chunk_size = kChunk;
  options.high_water_mark = kMark;
  return options;
}

weir::Ref<weir::Duplex> make_decompressor(weir::Loop& loop, Compression format) {
  switch (format) {
    case Compression::gzip:
      return zlib::create_gunzip(loop, options_of<zlib::ZlibOptions>({}));
    case Compression::brotli:
      return zlib::create_brotli_decompress(loop, options_of<zlib::BrotliOptions>({}));
    case Compression::zstd:
      return zlib::create_zstd_decompress(loop, options_of<zlib::ZstdOptions>({}));
    case Compression::none:
      break;
  }
  return nullptr;
}

weir::Ref<weir::Duplex> make_compressor(weir::Loop& loop, Compression format,
                                        const std::optional<int>& level) {
  switch (format) {
    case Compression::gzip:
      return zlib::create_gzip(loop, options_of<zlib::ZlibOptions>(level));
    case Compression::brotli:
      return zlib::create_brotli_compress(loop, options_of<zlib::BrotliOptions>(level));
    case Compression::zstd:
      return zlib::create_zstd_compress(loop, options_of<zlib::ZstdOptions>(level));
    case Compression::none:
      break;
  }
  return nullptr;
}

}  // namespace

std::vector<Filter> make_filters(weir::Loop& loop, const CopyOptions& options) {
  std::vector<Filter> filters;
  if (auto stream = make_decompressor(loop, options.decompress))
    filters.push_back({"decompress", std::move(stream)});
  if (auto stream = make_compressor(loop, options.compress, options.level))
    filters.push_back({"compress", std::move(stream)});
  return filters;
}

}  // namespace tool
