// weir/zlib/sync.h - a whole Buffer at once, on this thread.
//
//   Buffer small = weir::zlib::gzip_sync(text);
//   Buffer again = weir::zlib::gunzip_sync(small, {.max_output_length = 1 << 20});
//
// The result is what the stream of the same name gives for the input as one chunk, byte for byte.
// For input of any size that a server should not wait for, take that.
//
// ERRORS: each throws what its stream would fail with (Z_DATA_ERROR, ERR_BUFFER_TOO_LARGE, ...; see
// errors.h), and ERR_OUT_OF_RANGE for options. Of those, what concerns streams alone is not used.
#pragma once

#include <weir/base/buffer.h>
#include <weir/zlib/options.h>

namespace weir::zlib {

// Node counterparts: gzipSync, gunzipSync, ...
Buffer gzip_sync(const Buffer& input, const ZlibOptions& options = {});
Buffer gunzip_sync(const Buffer& input, const ZlibOptions& options = {});
Buffer deflate_sync(const Buffer& input, const ZlibOptions& options = {});
Buffer inflate_sync(const Buffer& input, const ZlibOptions& options = {});
Buffer deflate_raw_sync(const Buffer& input, const ZlibOptions& options = {});
Buffer inflate_raw_sync(const Buffer& input, const ZlibOptions& options = {});
Buffer unzip_sync(const Buffer& input, const ZlibOptions& options = {});

Buffer brotli_compress_sync(const Buffer& input, const BrotliOptions& options = {});
Buffer brotli_decompress_sync(const Buffer& input, const BrotliOptions& options = {});

Buffer zstd_compress_sync(const Buffer& input, const ZstdOptions& options = {});
Buffer zstd_decompress_sync(const Buffer& input, const ZstdOptions& options = {});

}  // namespace weir::zlib
