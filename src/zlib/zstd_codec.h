// The Zstandard codecs.
#pragma once

#include "zlib/codec.h"
#include <weir/zlib/options.h>

#include <memory>

namespace weir::zlib {

// ERRORS: throw ERR_OUT_OF_RANGE.
std::unique_ptr<Codec> make_zstd_encoder(const ZstdOptions& options);
std::unique_ptr<Codec> make_zstd_decoder(const ZstdOptions& options);

// The options for a frame of this input alone. The input and the end reach zstd in separate calls,
// so it cannot infer the size.
inline ZstdOptions pledged(ZstdOptions options, const Buffer& input) {
  if (!options.pledged_size) options.pledged_size = input.size();
  return options;
}

}  // namespace weir::zlib
