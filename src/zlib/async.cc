#include <weir/zlib/async.h>

#include "zlib/zstd_codec.h"
#include <weir/stream/consumers.h>
#include <weir/zlib/streams.h>

#include <utility>

namespace weir::zlib {
namespace {

void code(const Ref<CompressionStream>& stream, Buffer input, CodedCallback callback) {
  internal::require_function(callback, "callback");
  buffer(stream, [callback = std::move(callback)](const Error& error, Buffer result) mutable {
    callback(error, error ? Buffer() : std::move(result));
  });
  stream->end(std::move(input));
}

}  // namespace

void gzip(Loop& loop, Buffer input, CodedCallback callback) {
  gzip(loop, std::move(input), {}, std::move(callback));
}
void gzip(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback) {
  code(create_gzip(loop, std::move(options)), std::move(input), std::move(callback));
}

void gunzip(Loop& loop, Buffer input, CodedCallback callback) {
  gunzip(loop, std::move(input), {}, std::move(callback));
}
void gunzip(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback) {
  code(create_gunzip(loop, std::move(options)), std::move(input), std::move(callback));
}

void deflate(Loop& loop, Buffer input, CodedCallback callback) {
  deflate(loop, std::move(input), {}, std::move(callback));
}
void deflate(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback) {
  code(create_deflate(loop, std::move(options)), std::move(input), std::move(callback));
}

void inflate(Loop& loop, Buffer input, CodedCallback callback) {
  inflate(loop, std::move(input), {}, std::move(callback));
}
void inflate(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback) {
  code(create_inflate(loop, std::move(options)), std::move(input), std::move(callback));
}

void deflate_raw(Loop& loop, Buffer input, CodedCallback callback) {
  deflate_raw(loop, std::move(input), {}, std::move(callback));
}
void deflate_raw(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback) {
  code(create_deflate_raw(loop, std::move(options)), std::move(input), std::move(callback));
}

void inflate_raw(Loop& loop, Buffer input, CodedCallback callback) {
  inflate_raw(loop, std::move(input), {}, std::move(callback));
}
void inflate_raw(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback) {
  code(create_inflate_raw(loop, std::move(options)), std::move(input), std::move(callback));
}

void unzip(Loop& loop, Buffer input, CodedCallback callback) {
  unzip(loop, std::move(input), {}, std::move(callback));
}
void unzip(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback) {
  code(create_unzip(loop, std::move(options)), std::move(input), std::move(callback));
}

void brotli_compress(Loop& loop, Buffer input, CodedCallback callback) {
  brotli_compress(loop, std::move(input), {}, std::move(callback));
}
void brotli_compress(Loop& loop, Buffer input, BrotliOptions options, CodedCallback callback) {
  code(create_brotli_compress(loop, std::move(options)), std::move(input), std::move(callback));
}

void brotli_decompress(Loop& loop, Buffer input, CodedCallback callback) {
  brotli_decompress(loop, std::move(input), {}, std::move(callback));
}
void brotli_decompress(Loop& loop, Buffer input, BrotliOptions options, CodedCallback callback) {
  code(create_brotli_decompress(loop, std::move(options)), std::move(input), std::move(callback));
}

void zstd_compress(Loop& loop, Buffer input, CodedCallback callback) {
  zstd_compress(loop, std::move(input), {}, std::move(callback));
}
void zstd_compress(Loop& loop, Buffer input, ZstdOptions options, CodedCallback callback) {
  options = pledged(std::move(options), input);
  code(create_zstd_compress(loop, std::move(options)), std::move(input), std::move(callback));
}

void zstd_decompress(Loop& loop, Buffer input, CodedCallback callback) {
  zstd_decompress(loop, std::move(input), {}, std::move(callback));
}
void zstd_decompress(Loop& loop, Buffer input, ZstdOptions options, CodedCallback callback) {
  code(create_zstd_decompress(loop, std::move(options)), std::move(input), std::move(callback));
}

}  // namespace weir::zlib
