#include <weir/zlib/sync.h>

#include "zlib/brotli_codec.h"
#include "zlib/coder.h"
#include "zlib/flush.h"
#include "zlib/settings.h"
#include "zlib/zlib_codec.h"
#include "zlib/zstd_codec.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace weir::zlib {
namespace {

// The output between two checks of the limit.
constexpr std::size_t kEnough = std::size_t{1} << 20;

void run(Coder& coder, std::span<const std::byte>& input, Flush flush, std::uint64_t most,
         std::string& result) {
  for (bool more = true; more;) {
    Coder::Output output = coder.run(input, flush, kEnough);
    for (const std::string& piece : output.pieces) {
      if (result.size() + piece.size() > most) throw buffer_too_large(most);
      result += piece;
    }
    if (output.failure) throw output.failure->error();
    more = output.more;
  }
}

// The same steps as a stream makes for one chunk and the end, so that the result is the same.
template <class Options>
Buffer code(std::unique_ptr<Codec> codec, const Buffer& input, const Options& options) {
  const StreamSettings settings = stream_settings(options);
  Coder coder(std::move(codec), settings.chunk_size);
  std::string result;
  auto bytes = input.bytes();
  if (!bytes.empty()) run(coder, bytes, settings.flush, settings.max_output_length, result);
  bytes = {};
  run(coder, bytes, stronger(settings.flush, settings.finish_flush), settings.max_output_length,
      result);
  return Buffer::adopt(std::move(result));
}

}  // namespace

Buffer gzip_sync(const Buffer& input, const ZlibOptions& options) {
  return code(make_zlib_codec(ZlibMode::gzip, options), input, options);
}
Buffer gunzip_sync(const Buffer& input, const ZlibOptions& options) {
  return code(make_zlib_codec(ZlibMode::gunzip, options), input, options);
}
Buffer deflate_sync(const Buffer& input, const ZlibOptions& options) {
  return code(make_zlib_codec(ZlibMode::deflate, options), input, options);
}
Buffer inflate_sync(const Buffer& input, const ZlibOptions& options) {
  return code(make_zlib_codec(ZlibMode::inflate, options), input, options);
}
Buffer deflate_raw_sync(const Buffer& input, const ZlibOptions& options) {
  return code(make_zlib_codec(ZlibMode::deflate_raw, options), input, options);
}
Buffer inflate_raw_sync(const Buffer& input, const ZlibOptions& options) {
  return code(make_zlib_codec(ZlibMode::inflate_raw, options), input, options);
}
Buffer unzip_sync(const Buffer& input, const ZlibOptions& options) {
  return code(make_zlib_codec(ZlibMode::unzip, options), input, options);
}

Buffer brotli_compress_sync(const Buffer& input, const BrotliOptions& options) {
  return code(make_brotli_encoder(options), input, options);
}
Buffer brotli_decompress_sync(const Buffer& input, const BrotliOptions& options) {
  return code(make_brotli_decoder(), input, options);
}

Buffer zstd_compress_sync(const Buffer& input, const ZstdOptions& options) {
  return code(make_zstd_encoder(pledged(options, input)), input, options);
}
Buffer zstd_decompress_sync(const Buffer& input, const ZstdOptions& options) {
  return code(make_zstd_decoder(options), input, options);
}

}  // namespace weir::zlib
