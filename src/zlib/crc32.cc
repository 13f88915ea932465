#include <weir/zlib/crc32.h>

#include <zlib.h>

namespace weir::zlib {

std::uint32_t crc32(ByteSpan bytes, std::uint32_t value) noexcept {
  // zlib takes no bytes for a wish to have the value to begin with.
  if (bytes.empty()) return value;
  return static_cast<std::uint32_t>(
      ::crc32_z(value, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace weir::zlib
