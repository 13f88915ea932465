// weir/zlib/options.h - options of compression streams. Each default is Node's, except the
// high-water marks: the loop's.
//
//   weir::zlib::create_gzip(loop, {.level = 9, .chunk_size = 64 * 1024});
//   weir::zlib::create_brotli_compress(loop, {.quality = 5});
//
// An option out of its range throws ERR_OUT_OF_RANGE when the stream is created.
#pragma once

#include <weir/base/buffer.h>

#include <cstdint>
#include <optional>
#include <stop_token>

namespace weir::zlib {

// The part of the earlier writes that is readable after a flush. Weaker kinds compress better. In
// brotli and zstd, all kinds between `none` and `finish` are one: flush.
// Node: Z_NO_FLUSH, ...
enum class Flush : std::uint8_t {
  none,     // the codec decides
  partial,  // all, except an incomplete last byte
  sync,     // all
  full,     // all, and decompression can start here
  finish,   // all, and the end of the data
  block,    // complete deflate blocks
};

// The kind of repetition that deflate searches for. Node: Z_DEFAULT_STRATEGY, ...
enum class Strategy : std::uint8_t { standard, filtered, huffman_only, rle, fixed };

// Options of gzip, deflate and raw deflate, for both directions.
struct ZlibOptions {
  // As in DuplexOptions.
  std::optional<std::int64_t> high_water_mark = {};
  std::optional<std::int64_t> readable_high_water_mark = {};
  std::optional<std::int64_t> writable_high_water_mark = {};
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_destroy = true;

  int level = -1;                       // 0 (store only) to 9; -1 means 6
  std::optional<int> window_bits = {};  // 8 (gzip: 9) to 15; to decompress also 0: from the data
  int mem_level = 8;                    // 1 to 9
  Strategy strategy = Strategy::standard;
  Buffer dictionary = {};  // both directions need the same one; not for gzip
  // In decompression: data after the compressed data, including another gzip member and padding, is
  // ERR_TRAILING_JUNK_AFTER_STREAM_END.
  bool reject_garbage_after_end = false;

  std::int64_t chunk_size = 16 * 1024;  // at least 64; the largest output chunk
  Flush flush = Flush::none;            // after each written chunk
  Flush finish_flush = Flush::finish;   // after the last chunk. sync: accept truncated input
  // Output beyond this many bytes fails with ERR_BUFFER_TOO_LARGE. This limits the expansion of a
  // small input.
  // Node: maxOutputLength, which it applies only to the functions of sync.h.
  std::optional<std::int64_t> max_output_length = {};
};

enum class BrotliMode : std::uint8_t { generic, text, font };

// All options as in ZlibOptions, except the format's own.
struct BrotliOptions {
  std::optional<std::int64_t> high_water_mark = {};
  std::optional<std::int64_t> readable_high_water_mark = {};
  std::optional<std::int64_t> writable_high_water_mark = {};
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_destroy = true;

  int quality = 11;      // 0 to 11
  int window_bits = 22;  // 10 to 24
  BrotliMode mode = BrotliMode::generic;
  std::uint32_t size_hint = 0;  // the expected number of input bytes; 0: unknown

  std::int64_t chunk_size = 16 * 1024;
  Flush flush = Flush::none;
  Flush finish_flush = Flush::finish;
  std::optional<std::int64_t> max_output_length = {};
};

// zstd's search strategies, from the fastest to the strongest. Node: ZSTD_fast, ...
enum class ZstdStrategy : std::uint8_t {
  of_level,
  fast,
  dfast,
  greedy,
  lazy,
  lazy2,
  btlazy2,
  btopt,
  btultra,
  btultra2,
};

// All options as in ZlibOptions, except the format's own. Node has zstd's as numbers in `params`:
// ZSTD_c_hashLog is hash_bits, and so on.
struct ZstdOptions {
  std::optional<std::int64_t> high_water_mark = {};
  std::optional<std::int64_t> readable_high_water_mark = {};
  std::optional<std::int64_t> writable_high_water_mark = {};
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_destroy = true;

  int level = 3;        // -131072 (fast) to 22
  int window_bits = 0;  // 10 to 31, or 0: by the level; in decompression, the maximum
  // Parameters of the search. 0 keeps the level's choice.
  int hash_bits = 0;
  int chain_bits = 0;
  int search_bits = 0;
  int min_match = 0;
  int target_length = 0;
  ZstdStrategy strategy = ZstdStrategy::of_level;
  // Search for distant repetitions too, in a window of 27 bits unless window_bits is set.
  bool long_distance_matching = false;
  int long_distance_hash_bits = 0;
  int long_distance_min_match = 0;
  int long_distance_bucket_bits = 0;
  int long_distance_hash_rate_bits = 0;

  Buffer dictionary = {};                          // both directions need the same one
  bool checksum = false;                           // add a checksum of the content
  std::optional<std::uint64_t> pledged_size = {};  // the exact number of input bytes
  // Write the content's size, if it is known, and the dictionary's id into the frame.
  bool content_size = true;
  bool dictionary_id = true;

  std::int64_t chunk_size = 16 * 1024;
  Flush flush = Flush::none;
  Flush finish_flush = Flush::finish;
  std::optional<std::int64_t> max_output_length = {};
};

}  // namespace weir::zlib
