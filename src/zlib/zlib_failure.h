// A Failure from a status of zlib's.
#pragma once

#include "zlib/codec.h"

#include <zlib.h>

namespace weir::zlib {

// Uses zlib's message if there is one.
Failure zlib_failure(const z_stream& stream, int status, const char* message) noexcept;

}  // namespace weir::zlib
