#include <weir/stream/duplex.h>

namespace weir::internal {

WriteSide::Settings write_settings(const TickQueue& ticks, const DuplexOptions& options,
                                   SinkTraits traits, bool object_mode) {
  const bool shared = options.high_water_mark.has_value();
  const std::size_t mark = checked_mark(
      ticks, shared ? options.high_water_mark : options.writable_high_water_mark,
      shared ? "options.high_water_mark" : "options.writable_high_water_mark", object_mode);
  return {.high_water_mark = mark,
          .object_mode = object_mode,
          .sink = traits,
          .enabled = options.writable,
          .limits = checked_limits(options.low_water_mark, mark, options.max_buffered)};
}

ReadSide::Settings read_settings(const TickQueue& ticks, const DuplexOptions& options,
                                 bool object_mode, const EventKey* data_event) {
  const bool shared = options.high_water_mark.has_value();
  return {.high_water_mark = checked_mark(
              ticks, shared ? options.high_water_mark : options.readable_high_water_mark,
              shared ? "options.high_water_mark" : "options.readable_high_water_mark", object_mode),
          .object_mode = object_mode,
          .enabled = options.readable,
          .allows_half_open = options.allow_half_open,
          .data_event = data_event};
}

WritableOptions writable_options(const DuplexOptions& options) {
  return {.default_encoding = options.default_encoding, .decode_strings = options.decode_strings};
}

ReadableOptions readable_options(const DuplexOptions& options) {
  return {.encoding = options.encoding, .default_encoding = options.default_encoding};
}

}  // namespace weir::internal
