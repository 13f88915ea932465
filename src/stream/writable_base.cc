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
  const std::size_t mark = internal::checked_mark(ticks, options.high_water_mark,
                                                  "options.high_water_mark", object_mode);
  return {.high_water_mark = mark,
          .object_mode = object_mode,
          .sink = traits,
          .limits = internal::checked_limits(options.low_water_mark, mark, options.max_buffered)};
}

}  // namespace weir
