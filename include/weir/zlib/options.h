// weir/zlib/options.h - how a compression stream is set up. Each default is Node's.
//
//   weir::zlib::create_gzip(loop, {.level = 9, .chunk_size = 64 * 1024});
//   weir::zlib::create_brotli_compress(loop, {.quality = 5});
//
// What is out of its range throws ERR_OUT_OF_RANGE where the stream is made.
#pragma once

#include <weir/base/buffer.h>

#include <cstdint>
#include <optional>
#include <stop_token>

namespace weir::zlib {

// How much of what was written must be readable afterwards; the weaker, the better it compresses.
// Of brotli and zstd, all between `none` and `finish` are one: flush. Node: Z_NO_FLUSH, ...
enum class Flush : std::uint8_t {
  none,     // as it comes
  partial,  // all, though not up to a whole byte
  sync,     // all
  full,     // all, and a reader can begin here
  finish,   // all, and nothing comes after it
  block,    // up to the end of a deflate block
};

// What deflate looks for. Node: Z_DEFAULT_STRATEGY, ...
enum class Strategy : std::uint8_t { standard, filtered, huffman_only, rle, fixed };

// Of gzip, deflate and raw deflate, both ways.
struct ZlibOptions {
  // As of every Transform.
  std::optional<std::int64_t> high_water_mark = {};
  std::optional<std::int64_t> readable_high_water_mark = {};
  std::optional<std::int64_t> writable_high_water_mark = {};
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_destroy = true;

  int level = -1;                       // -1 (stands for 6), 0 (stores only) to 9
  std::optional<int> window_bits = {};  // 8 (gzip: 9) to 15; to decompress also 0: as it says
  int mem_level = 8;                    // 1 to 9
  Strategy strategy = Strategy::standard;
  Buffer dictionary = {};  // both sides must have the same; not for gzip
  // To decompress: what follows the compressed data, another gzip member and padding too, is
  // ERR_TRAILING_JUNK_AFTER_STREAM_END.
  bool reject_garbage_after_end = false;

  std::int64_t chunk_size = 16 * 1024;  // at least 64; no chunk that is read is larger
  Flush flush = Flush::none;            // after each chunk that is written
  Flush finish_flush = Flush::finish;   // after the last. sync: take a truncated input as it is
  // More output than this many bytes fails with ERR_BUFFER_TOO_LARGE: bounds what a small input
  // may grow to. Node: maxOutputLength, which it heeds only in the functions of sync.h.
  std::optional<std::int64_t> max_output_length = {};
};

enum class BrotliMode : std::uint8_t { generic, text, font };

// All but the format's own as in ZlibOptions.
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
  std::uint32_t size_hint = 0;  // how many bytes will come; 0: unknown

  std::int64_t chunk_size = 16 * 1024;
  Flush flush = Flush::none;
  Flush finish_flush = Flush::finish;
  std::optional<std::int64_t> max_output_length = {};
};

// What zstd looks for, from the fastest to the strongest. Node: ZSTD_fast, ...
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

// All but the format's own as in ZlibOptions. Node has zstd's own as numbers in `params`:
// ZSTD_c_hashLog is hash_bits, and so on.
struct ZstdOptions {
  std::optional<std::int64_t> high_water_mark = {};
  std::optional<std::int64_t> readable_high_water_mark = {};
  std::optional<std::int64_t> writable_high_water_mark = {};
  std::stop_token signal = {};
  bool emit_close = true;
  bool auto_destroy = true;

  int level = 3;        // -131072 (fast) to 22
  int window_bits = 0;  // 10 to 31, or 0: as the level says; to decompress, the most
  // How to search, in the place of the level's choice, which 0 keeps.
  int hash_bits = 0;
  int chain_bits = 0;
  int search_bits = 0;
  int min_match = 0;
  int target_length = 0;
  ZstdStrategy strategy = ZstdStrategy::of_level;
  // Look for repetitions far back as well, in a window of 27 bits unless window_bits says another.
  bool long_distance_matching = false;
  int long_distance_hash_bits = 0;
  int long_distance_min_match = 0;
  int long_distance_bucket_bits = 0;
  int long_distance_hash_rate_bits = 0;

  Buffer dictionary = {};                          // both sides must have the same
  bool checksum = false;                           // have the reader check the content
  std::optional<std::uint64_t> pledged_size = {};  // exactly how many bytes will come
  // Whether the frame says its content's size, where that is known, and its dictionary's number.
  bool content_size = true;
  bool dictionary_id = true;

  std::int64_t chunk_size = 16 * 1024;
  Flush flush = Flush::none;
  Flush finish_flush = Flush::finish;
  std::optional<std::int64_t> max_output_length = {};
};

}  // namespace weir::zlib
