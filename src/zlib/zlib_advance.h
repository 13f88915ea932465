// One call of zlib on two spans.
#pragma once

#include "zlib/codec.h"
#include <weir/zlib/errors.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include <zlib.h>

namespace weir::zlib {

// zlib counts in 32 bits.
inline constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;

// Node: Z_NO_FLUSH, ... The enumerators have zlib's order.
inline int zlib_flush(Flush flush) noexcept { return static_cast<int>(flush); }

// Calls `step(stream, flush)`, which is deflate or inflate, in pieces that zlib can count. Returns
// the result of the last call.
template <class Step>
int advance(z_stream& stream, std::span<const std::byte>& input, std::span<std::byte>& output,
            Flush flush, Step step) {
  // zlib requires a pointer even for empty input.
  static constexpr Bytef kNothing = 0;
  for (;;) {
    const std::size_t in = std::min(input.size(), kMostAtOnce);
    const std::size_t out = std::min(output.size(), kMostAtOnce);
    const bool last = in == input.size();
    stream.next_in = const_cast<Bytef*>(
        input.empty() ? &kNothing : reinterpret_cast<const Bytef*>(input.data()));
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(output.data());
    stream.avail_out = static_cast<uInt>(out);
    const int status = step(stream, zlib_flush(last ? flush : Flush::none));
    input = input.subspan(in - stream.avail_in);
    output = output.subspan(out - stream.avail_out);
    if (status != Z_OK || output.empty() || (last && stream.avail_out > 0)) return status;
    if (!last && stream.avail_in > 0 && stream.avail_out > 0) return status;
  }
}

}  // namespace weir::zlib
