#include <weir/stream/basic_readable.h>

namespace weir {

ReadableBase::ReadableBase(const internal::ReadSide::Settings& settings)
    : Stream(), side_(*this, core(), *this, settings) {
  read_side_ = &side_;
}

}  // namespace weir
