// The Zstandard codecs.
#pragma once

#include "zlib/codec.h"
#include <weir/zlib/options.h>

#include <memory>

namespace weir::zlib {

// ERRORS: throw ERR_OUT_OF_RANGE.
std::unique_ptr<Codec> make_zstd_encoder(const ZstdOptions& options);
std::unique_ptr<Codec> make_zstd_decoder(const ZstdOptions& options);

}  // namespace weir::zlib
