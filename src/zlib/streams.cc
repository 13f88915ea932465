#include <weir/zlib/streams.h>

#include "zlib/brotli_codec.h"
#include "zlib/codec_transformer.h"
#include "zlib/make_stream.h"
#include "zlib/settings.h"
#include "zlib/zlib_codec.h"
#include "zlib/zstd_codec.h"

#include <memory>
#include <utility>

namespace weir::zlib {
namespace {

Ref<ZlibStream> create(Loop& loop, ZlibMode mode, const ZlibOptions& options) {
  const StreamSettings settings = stream_settings(options);
  auto transformer =
      std::make_unique<CodecTransformer>(loop, make_zlib_codec(mode, options), settings);
  return make_zlib_stream(loop, std::move(transformer), settings, options.level, options.strategy);
}

template <class Options>
Ref<CompressionStream> create(Loop& loop, std::unique_ptr<Codec> codec, const Options& options) {
  const StreamSettings settings = stream_settings(options);
  auto transformer = std::make_unique<CodecTransformer>(loop, std::move(codec), settings);
  return make_compression_stream(loop, std::move(transformer), settings);
}

}  // namespace

Ref<ZlibStream> create_gzip(Loop& loop, ZlibOptions options) {
  return create(loop, ZlibMode::gzip, options);
}
Ref<ZlibStream> create_gunzip(Loop& loop, ZlibOptions options) {
  return create(loop, ZlibMode::gunzip, options);
}
Ref<ZlibStream> create_deflate(Loop& loop, ZlibOptions options) {
  return create(loop, ZlibMode::deflate, options);
}
Ref<ZlibStream> create_inflate(Loop& loop, ZlibOptions options) {
  return create(loop, ZlibMode::inflate, options);
}
Ref<ZlibStream> create_deflate_raw(Loop& loop, ZlibOptions options) {
  return create(loop, ZlibMode::deflate_raw, options);
}
Ref<ZlibStream> create_inflate_raw(Loop& loop, ZlibOptions options) {
  return create(loop, ZlibMode::inflate_raw, options);
}
Ref<ZlibStream> create_unzip(Loop& loop, ZlibOptions options) {
  return create(loop, ZlibMode::unzip, options);
}

Ref<CompressionStream> create_brotli_compress(Loop& loop, BrotliOptions options) {
  return create(loop, make_brotli_encoder(options), options);
}
Ref<CompressionStream> create_brotli_decompress(Loop& loop, BrotliOptions options) {
  return create(loop, make_brotli_decoder(), options);
}

Ref<CompressionStream> create_zstd_compress(Loop& loop, ZstdOptions options) {
  return create(loop, make_zstd_encoder(options), options);
}
Ref<CompressionStream> create_zstd_decompress(Loop& loop, ZstdOptions options) {
  return create(loop, make_zstd_decoder(options), options);
}

}  // namespace weir::zlib
