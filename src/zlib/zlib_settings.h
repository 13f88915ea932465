// The options of gzip and deflate, checked, in zlib's terms.
#pragma once

#include <weir/zlib/options.h>

#include <cstddef>
#include <vector>

namespace weir::zlib {

enum class ZlibMode { deflate, inflate, gzip, gunzip, deflate_raw, inflate_raw, unzip };

struct ZlibSettings {
  int level;
  int window_bits;  // with zlib's marks of the wrapper
  int mem_level;
  int strategy;
  std::vector<std::byte> dictionary;  // no Buffer: a codec changes threads
  bool rejects_garbage;
};

// ERRORS: throws ERR_OUT_OF_RANGE.
ZlibSettings zlib_settings(ZlibMode mode, const ZlibOptions& options);
void check_params(int level, Strategy strategy, const char* prefix);

}  // namespace weir::zlib
