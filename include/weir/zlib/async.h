// weir/zlib/async.h - compresses or decompresses a Buffer on the thread pool: Node's zlib.gzip.
//
//   weir::zlib::gzip(loop, body, [](const weir::Error& error, weir::Buffer packed) { ... });
//   weir::zlib::gunzip(loop, packed, {.max_output_length = 1 << 20}, callback);
//
// Each function gives the input to the stream of the same name (streams.h) and reads it to its end.
// The whole result is in memory: set max_output_length if the input is not trusted.
//
// CALLS BACK: `callback` once, after the call returns: with the result; or with the stream's error
// (Z_DATA_ERROR, ERR_BUFFER_TOO_LARGE, ABORT_ERR, ...; see errors.h) and no bytes.
// ERRORS: throws ERR_OUT_OF_RANGE and ERR_INVALID_ARG_VALUE for options (see options.h), and
// ERR_INVALID_ARG_TYPE for an empty callback.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/loop/loop.h>
#include <weir/zlib/options.h>

namespace weir::zlib {

using CodedCallback = Function<void(const Error& error, Buffer result)>;

// Node counterparts: gzip, gunzip, deflate, ...
void gzip(Loop& loop, Buffer input, CodedCallback callback);
void gzip(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback);
void gunzip(Loop& loop, Buffer input, CodedCallback callback);
void gunzip(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback);
void deflate(Loop& loop, Buffer input, CodedCallback callback);
void deflate(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback);
void inflate(Loop& loop, Buffer input, CodedCallback callback);
void inflate(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback);
void deflate_raw(Loop& loop, Buffer input, CodedCallback callback);
void deflate_raw(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback);
void inflate_raw(Loop& loop, Buffer input, CodedCallback callback);
void inflate_raw(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback);
void unzip(Loop& loop, Buffer input, CodedCallback callback);
void unzip(Loop& loop, Buffer input, ZlibOptions options, CodedCallback callback);

void brotli_compress(Loop& loop, Buffer input, CodedCallback callback);
void brotli_compress(Loop& loop, Buffer input, BrotliOptions options, CodedCallback callback);
void brotli_decompress(Loop& loop, Buffer input, CodedCallback callback);
void brotli_decompress(Loop& loop, Buffer input, BrotliOptions options, CodedCallback callback);

void zstd_compress(Loop& loop, Buffer input, CodedCallback callback);
void zstd_compress(Loop& loop, Buffer input, ZstdOptions options, CodedCallback callback);
void zstd_decompress(Loop& loop, Buffer input, CodedCallback callback);
void zstd_decompress(Loop& loop, Buffer input, ZstdOptions options, CodedCallback callback);

}  // namespace weir::zlib
