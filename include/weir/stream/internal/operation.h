// weir/stream/internal/operation.h - Operation: the calls that a stream makes to its resource.
#pragma once

#include <cstdint>

namespace weir::internal {

enum class Operation : std::uint8_t { construct, write, final, destroy, transform, flush };

}  // namespace weir::internal
