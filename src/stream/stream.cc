#include <weir/stream/stream.h>

#include "stream/ticks.h"

#include <utility>

namespace weir {

Stream::Stream(TickQueue& ticks, Resource& resource, internal::StreamCore::Options options)
    : listeners_(&ticks), core_(*this, ticks, resource, options) {}

Stream::~Stream() = default;

void Stream::destroy(Error error, Callback destroyed) {
  if (!core_.destroyed()) before_destroy();
  core_.destroy(std::move(error), std::move(destroyed));
}

void Stream::on_done(internal::Operation operation) { on_failed(operation, {}); }

void Stream::on_failed(internal::Operation operation, Error error) {
  if (operation == internal::Operation::construct)
    core_.on_construct_done(std::move(error));
  else
    core_.on_destroy_done(std::move(error));
}

void Stream::on_last_ref() noexcept {
  if (is_calling() && !ticks().closed() && !std::exchange(lingers_, true))
    return core_.next_tick([] {});
  if (core_.destroyed() || !core_.auto_destroys()) return RefCounted::on_last_ref();
  // Lives on for as long as its resource takes to go: an operation that is under way has a Ref.
  const Ref<Stream> again(this);
  destroy(loss());
}

}  // namespace weir
