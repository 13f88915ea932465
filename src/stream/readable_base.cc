#include <weir/stream/basic_readable.h>
#include <weir/stream/internal/write_side.h>
#include <weir/stream/resource.h>

namespace weir {

ReadableBase::ReadableBase(const internal::ReadSide::Settings& settings)
    : Stream(), side_(*this, core(), *this, settings) {
  read_side_ = &side_;
}

bool ReadableBase::takes_ranges(Stream& destination) {
  const internal::WriteSide* const side = destination.write_side();
  return side && side->writable() && destination.resource_.takes_ranges();
}

}  // namespace weir
