// weir/zlib/sync.h - compresses or decompresses a Buffer on the calling thread.
//
//   Buffer small = weir::zlib::gzip_sync(weir::Buffer::copy(text));
//   Buffer again = weir::zlib::gunzip_sync(small, {.max_output_length = 1 << 20});
//
// The result equals the output of the stream of the same name for the input as one chunk. A server
// should use the stream for large inputs, since these functions block the loop.
//
// ERRORS: throws the error of the stream (Z_DATA_ERROR, ERR_BUFFER_TOO_LARGE, ...; see errors.h),
// and ERR_OUT_OF_RANGE for options. Options that affect only streams are ignored.
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
