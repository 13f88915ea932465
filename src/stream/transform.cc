#include <weir/stream/transform.h>

#include "stream/ticks.h"

#include <utility>

namespace weir::internal {

DuplexOptions transform_options(DuplexOptions options) {
  const auto& readable =
      options.high_water_mark ? options.high_water_mark : options.readable_high_water_mark;
  if (readable != 0) return options;
  options.high_water_mark.reset();
  options.readable_high_water_mark = 0;
  if (!options.writable_high_water_mark) options.writable_high_water_mark = 0;
  return options;
}

void TransformJoint::after_transform() {
  if (read_side_->ended())
    // On a tick, after the events of the end.
    core_->next_tick([this] { write_side_->on_written(); });
  else if (write_side_->end_returned() || length_before_ == read_side_->length() ||
           read_side_->length() < read_side_->high_water_mark())
    write_side_->on_written();
  else
    withholds_ = true;
}

void TransformJoint::on_read() {
  if (std::exchange(withholds_, false)) write_side_->on_written();
}

}  // namespace weir::internal
