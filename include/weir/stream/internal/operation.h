// weir/stream/internal/operation.h - what a stream asks of its resource, one at a time.
#pragma once

#include <cstdint>

namespace weir::internal {

enum class Operation : std::uint8_t { construct, write, final, destroy, transform, flush };

}  // namespace weir::internal
