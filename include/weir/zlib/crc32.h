// weir/zlib/crc32.h - the CRC-32 checksum of gzip.
#pragma once

#include <weir/base/bytes.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace weir::zlib {

// The checksum of the bytes, continuing from `value`, the checksum of the bytes before them.
// Node counterpart: zlib.crc32.
std::uint32_t crc32(ByteSpan bytes, std::uint32_t value = 0) noexcept;
inline std::uint32_t crc32(std::string_view text, std::uint32_t value = 0) noexcept {
  return crc32(weir::internal::bytes_of(text), value);
}

}  // namespace weir::zlib
