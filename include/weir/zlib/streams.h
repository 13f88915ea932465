// weir/zlib/streams.h - streams that compress and decompress: Node's zlib.createGzip and the rest.
//
//   auto gzip = weir::zlib::create_gzip(loop);
//   weir::pipeline(source, gzip, weir::fs::create_write_stream(loop, "log.gz"), done);
//
// Each is a Transform. The work is done on the pool's threads, chunk after chunk, so the loop goes
// on meanwhile; what it needs is bounded by the marks. Input that cannot be decompressed, or ends
// too early, fails the stream; see errors.h.
//
// ERRORS: each throws ERR_OUT_OF_RANGE and ERR_INVALID_ARG_VALUE for options; see options.h.
#pragma once

#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/zlib/compression_stream.h>
#include <weir/zlib/options.h>

namespace weir::zlib {

// Bytes that gzip(1) reads. The header names neither a file nor a time, so that the same input
// gives the same bytes. Node counterpart: createGzip.
Ref<ZlibStream> create_gzip(Loop& loop, ZlibOptions options = {});
// Decodes all members of the input one after the other. Zeros behind the last are ignored, anything
// else there is a Z_DATA_ERROR. Node counterpart: createGunzip.
Ref<ZlibStream> create_gunzip(Loop& loop, ZlibOptions options = {});

// The zlib format. Node counterparts: createDeflate, createInflate.
Ref<ZlibStream> create_deflate(Loop& loop, ZlibOptions options = {});
// What comes behind the compressed data is ignored, unless reject_garbage_after_end is set.
Ref<ZlibStream> create_inflate(Loop& loop, ZlibOptions options = {});

// Neither header nor checksum. Node counterparts: createDeflateRaw, createInflateRaw.
Ref<ZlibStream> create_deflate_raw(Loop& loop, ZlibOptions options = {});
Ref<ZlibStream> create_inflate_raw(Loop& loop, ZlibOptions options = {});

// As create_gunzip where the input begins as gzip does, else as create_inflate.
// Node counterpart: createUnzip.
Ref<ZlibStream> create_unzip(Loop& loop, ZlibOptions options = {});

// Node counterparts: createBrotliCompress, createBrotliDecompress.
Ref<CompressionStream> create_brotli_compress(Loop& loop, BrotliOptions options = {});
Ref<CompressionStream> create_brotli_decompress(Loop& loop, BrotliOptions options = {});

// All frames of the input are decoded, one after the other; what is no frame is an error.
// Node counterparts: createZstdCompress, createZstdDecompress.
Ref<CompressionStream> create_zstd_compress(Loop& loop, ZstdOptions options = {});
Ref<CompressionStream> create_zstd_decompress(Loop& loop, ZstdOptions options = {});

}  // namespace weir::zlib
