// The codecs of gzip, deflate and raw deflate.
#pragma once

#include "zlib/codec.h"
#include "zlib/zlib_settings.h"

#include <memory>

namespace weir::zlib {

// ERRORS: throws ERR_OUT_OF_RANGE.
std::unique_ptr<Codec> make_zlib_codec(ZlibMode mode, const ZlibOptions& options);

}  // namespace weir::zlib
