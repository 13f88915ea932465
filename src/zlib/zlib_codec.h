// The codecs of gzip, deflate and raw deflate.
#pragma once

#include "zlib/codec.h"
#include <weir/zlib/options.h>

#include <memory>

namespace weir::zlib {

enum class ZlibMode { deflate, inflate, gzip, gunzip, deflate_raw, inflate_raw, unzip };

// ERRORS: throws ERR_OUT_OF_RANGE.
std::unique_ptr<Codec> make_zlib_codec(ZlibMode mode, const ZlibOptions& options);
void check_params(int level, Strategy strategy, const char* prefix);

}  // namespace weir::zlib
