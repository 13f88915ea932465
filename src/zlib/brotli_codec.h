// The brotli codecs.
#pragma once

#include "zlib/codec.h"
#include <weir/zlib/options.h>

#include <memory>
#include <string>

namespace weir::zlib {

// ERRORS: throws ERR_OUT_OF_RANGE.
std::unique_ptr<Codec> make_brotli_encoder(const BrotliOptions& options);
std::unique_ptr<Codec> make_brotli_decoder();

// Without Node's prefix "ERR_": "_ERROR_FORMAT_PADDING_1".
std::string brotli_error_name(int code);
bool is_brotli_allocation_error(int code) noexcept;

}  // namespace weir::zlib
