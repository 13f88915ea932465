#include "fs/temporary_name.h"

#include <cstdint>
#include <random>

#include <fmt/format.h>

namespace weir::fs {

std::string some_temporary_name() {
  std::random_device random;
  const std::uint64_t number = (std::uint64_t{random()} << 32) | random();
  return fmt::format(".weir-{:016x}", number);
}

}  // namespace weir::fs
