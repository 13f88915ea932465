#include <weir/zlib/crc32.h>

#include <zlib.h>

namespace weir::zlib {

std::uint32_t crc32(ByteSpan bytes, std::uint32_t value) noexcept {
  // For no bytes, zlib would return the initial value.
  if (bytes.empty()) return value;
  return static_cast<std::uint32_t>(
      ::crc32_z(value, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace weir::zlib
