#include <weir/stream/basic_writable.h>
#include <weir/stream/finished.h>
#include <weir/stream/internal/stop_listener.h>

#include <fmt/format.h>

namespace weir {
namespace {

std::size_t checked_mark(const WritableOptions& options, bool object_mode) {
  if (!options.high_water_mark)
    return object_mode ? kDefaultObjectHighWaterMark : kDefaultHighWaterMark;
  if (*options.high_water_mark < 0)
    throw invalid_property_value("options.high_water_mark",
                                 fmt::to_string(*options.high_water_mark));
  return static_cast<std::size_t>(*options.high_water_mark);
}

}  // namespace

WritableBase::WritableBase(TickQueue& ticks, Resource& resource, SinkTraits traits,
                           bool object_mode, const WritableOptions& options)
    : Stream(ticks, resource, {options.emit_close, options.auto_destroy}),
      side_(*this, core(), *this,
            {.high_water_mark = checked_mark(options, object_mode),
             .object_mode = object_mode,
             .has_writev = traits.writev,
             .has_final = traits.final,
             .gathers = traits.gathers}),
      constructs_(traits.construct) {}

WritableBase::~WritableBase() = default;

void WritableBase::begin(const WritableOptions& options) {
  if (options.signal.stop_requested()) {
    destroy(Errc::aborted);
  } else if (options.signal.stop_possible()) {
    signal_ = std::make_unique<internal::StopListener>(ticks(), options.signal,
                                                       [this] { destroy(Errc::aborted); });
    finished(*this, [this] { signal_.reset(); });
  }
  if (constructs_) core().construct();
}

void WritableBase::on_done(internal::Operation operation) {
  if (operation == internal::Operation::write) [[likely]]
    return side_.on_written();
  succeed_otherwise(operation);
}

[[gnu::noinline]] void WritableBase::succeed_otherwise(internal::Operation operation) {
  on_failed(operation, {});
}

void WritableBase::on_failed(internal::Operation operation, Error error) {
  switch (operation) {
    case internal::Operation::write:
      return side_.on_write_failed(std::move(error));
    case internal::Operation::final:
      return side_.on_finalized(std::move(error));
    case internal::Operation::construct:
    case internal::Operation::destroy:
      return Stream::on_failed(operation, std::move(error));
  }
}

Error WritableBase::loss() const {
  if (!side_.has_queued()) return {};
  return {Errc::stream_destroyed,
          fmt::format("The stream was dropped with {} {} unwritten", side_.length(),
                      side_.object_mode() ? "objects" : "bytes")};
}

}  // namespace weir
