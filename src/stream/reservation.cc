#include <weir/stream/reservation.h>

#include <weir/base/error.h>

#include <fmt/format.h>

namespace weir {

bool Reservation::commit(std::size_t size, Callback callback) {
  if (size > this->size())
    throw out_of_range("size", fmt::format("<= {}", this->size()), fmt::format("{}", size));
  const Buffer bytes = std::exchange(bytes_, {});
  return stream_->commit(bytes, size, std::move(callback));
}

}  // namespace weir
