// weir/stream/internal/lifeline.h - leads to a stream for as long as that lives.
#pragma once

#include <weir/base/ref.h>

namespace weir {
class Stream;
}

namespace weir::internal {

struct Lifeline final : RefCounted {
  explicit Lifeline(Stream* target) noexcept : stream(target) {}
  Stream* stream;  // null once it is gone
};

}  // namespace weir::internal
