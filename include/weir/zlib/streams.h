// weir/zlib/streams.h - creates compression and decompression streams: Node's zlib.createGzip.
//
//   auto gzip = weir::zlib::create_gzip(loop);
//   weir::pipeline(source, gzip, weir::fs::create_write_stream(loop, "log.gz"), done);
//
// Each is a Transform. The thread pool processes one chunk after the other while the loop runs, and
// the high-water marks bound the memory. Input that is invalid or truncated fails the stream; see
// errors.h.
//
// ERRORS: each function throws ERR_OUT_OF_RANGE and ERR_INVALID_ARG_VALUE for options; see
// options.h.
#pragma once

#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/zlib/compression_stream.h>
#include <weir/zlib/options.h>

namespace weir::zlib {

// Output for gzip(1). The header contains neither a file name nor a time, so equal inputs give
// equal outputs.
// Node counterpart: createGzip.
Ref<ZlibStream> create_gzip(Loop& loop, ZlibOptions options = {});
// Decompresses all members of the input. Zeros after the last are ignored; any other data there is
// a Z_DATA_ERROR.
// Node counterpart: createGunzip.
Ref<ZlibStream> create_gunzip(Loop& loop, ZlibOptions options = {});

// The zlib format. Node counterparts: createDeflate, createInflate.
Ref<ZlibStream> create_deflate(Loop& loop, ZlibOptions options = {});
// Data after the compressed data is ignored, unless reject_garbage_after_end is set.
Ref<ZlibStream> create_inflate(Loop& loop, ZlibOptions options = {});

// deflate without header and checksum. Node counterparts: createDeflateRaw, createInflateRaw.
Ref<ZlibStream> create_deflate_raw(Loop& loop, ZlibOptions options = {});
Ref<ZlibStream> create_inflate_raw(Loop& loop, ZlibOptions options = {});

// Works as create_gunzip if the input begins with a gzip header, otherwise as create_inflate.
// Node counterpart: createUnzip.
Ref<ZlibStream> create_unzip(Loop& loop, ZlibOptions options = {});

// Node counterparts: createBrotliCompress, createBrotliDecompress.
Ref<CompressionStream> create_brotli_compress(Loop& loop, BrotliOptions options = {});
Ref<CompressionStream> create_brotli_decompress(Loop& loop, BrotliOptions options = {});

// Decompresses all frames of the input; other data is an error.
// Node counterparts: createZstdCompress, createZstdDecompress.
Ref<CompressionStream> create_zstd_compress(Loop& loop, ZstdOptions options = {});
Ref<CompressionStream> create_zstd_decompress(Loop& loop, ZstdOptions options = {});

}  // namespace weir::zlib
