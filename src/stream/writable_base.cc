#include <weir/stream/basic_writable.h>
#include <weir/stream/internal/high_water_mark.h>

namespace weir {

WritableBase::WritableBase(internal::WriteQueue& queue,
                           const internal::WriteSide::Settings& settings)
    : Stream(), side_(*this, core(), *this, queue, settings) {
  write_side_ = &side_;
}

internal::WriteSide::Settings WritableBase::settings_of(const TickQueue& ticks,
                                                        const WritableOptions& options,
                                                        SinkTraits traits, bool object_mode) {
  return {.high_water_mark = internal::checked_mark(ticks, options.high_water_mark,
                                                    "options.high_water_mark", object_mode),
          .object_mode = object_mode,
          .has_write = traits.write,
          .has_writev = traits.writev,
          .has_final = traits.final,
          .delivery = traits.delivery,
          .merges = traits.merges};
}

}  // namespace weir
