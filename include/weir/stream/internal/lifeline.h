// weir/stream/internal/lifeline.h - Lifeline: a weak reference to a stream.
#pragma once

#include <weir/base/ref.h>

namespace weir {
class Stream;
}

namespace weir::internal {

struct Lifeline final : RefCounted {
  explicit Lifeline(Stream* target) noexcept : stream(target) {}
  Stream* stream;  // null after its destruction
};

}  // namespace weir::internal
