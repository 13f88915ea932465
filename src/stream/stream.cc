#include <weir/stream/stream.h>

#include "stream/ticks.h"
#include <weir/stream/abort.h>
#include <weir/stream/internal/pipe_link.h>
#include <weir/stream/internal/read_side.h>
#include <weir/stream/internal/write_side.h>
#include <weir/stream/resource.h>

#include <cstdlib>
#include <utility>

namespace weir {

using internal::Operation;

namespace {

[[noreturn]] TickQueue& no_ticks() { std::abort(); }

}  // namespace

Stream::Stream(TickQueue& ticks, std::unique_ptr<Resource> resource,
               internal::StreamCore::Options options)
    : LoopShutdownHook(ticks, Turn::last),
      owned_(std::move(resource)),
      resource_(*owned_),
      listeners_(&ticks, this),
      core_(*this, ticks, resource_, options) {
  resource_.ticks_ = &ticks;
}

Stream::Stream(TickQueue& ticks, Resource& resource, internal::StreamCore::Options options)
    : LoopShutdownHook(ticks, Turn::last),
      resource_(resource),
      listeners_(&ticks, this),
      core_(*this, ticks, resource_, options) {
  resource_.ticks_ = &ticks;
}

Stream::Stream() : Stream(no_ticks(), std::unique_ptr<Resource>(), {}) {}

Stream::~Stream() = default;

void Stream::begin(bool constructs, const std::stop_token& signal) {
  if (signal.stop_possible()) add_abort_signal(signal, *this);
  if (constructs) core_.construct();
}

void Stream::revive() noexcept {
  core_.revive();
  if (write_side_) write_side_->revive();
}

std::string Stream::describe() const {
  if (!write_side_) return read_side_ ? "a Readable" : "a Stream";
  return read_side_ ? "a Duplex" : "a Writable";
}

// The queue is being destroyed. Releases the resource as a dropped stream does: the Loop waits for
// operations that its destroy starts, and exceptions have no listener any more.
void Stream::let_go() noexcept {
  const Pin alive(*this);
  const Error loss = write_side_ ? write_side_->loss() : Error();
  if (!core_.destroyed() && core_.auto_destroys()) {
    try {
      destroy(loss);
    } catch (...) {  // NOLINT: see above
    }
  }
  core_.leave_queue(loss);
  if (write_side_) write_side_->abandon();
  if (read_side_) read_side_->abandon();
  listeners_.close();
}

Stream& Stream::destroy(Error error, Callback destroyed) {
  WEIR_STREAM_ENTRY("destroy");
  if (!core_.destroyed()) {
    if (read_side_) read_side_->before_destroy();
    if (write_side_) write_side_->before_destroy();
  }
  core_.destroy(std::move(error), std::move(destroyed));
  return *this;
}

void Stream::on_construct() {
  if (read_side_) read_side_->on_constructed();
  if (write_side_) write_side_->on_constructed();
}

void Stream::on_done(Operation operation) {
  if (operation == Operation::write) [[likely]]
    return write_side_->on_written();
  on_failed(operation, {});
}

void Stream::on_failed(Operation operation, Error error) {
  // While the queue closes, one stream's destruction may complete another one's operation.
  if (ticks().closed() && operation != Operation::destroy) return;
  switch (operation) {
    case Operation::write:
      return write_side_->on_write_failed(std::move(error));
    case Operation::final:
      return write_side_->on_finalized(std::move(error));
    case Operation::construct:
      return core_.on_construct_done(std::move(error));
    case Operation::destroy:
      return core_.on_destroy_done(std::move(error));
    case Operation::transform:
    case Operation::flush:
      return on_transformed(operation, std::move(error));
  }
}

void Stream::on_transformed(Operation, Error) {}

void Stream::on_last_ref() noexcept {
  WEIR_STREAM_ENTRY("~Ref");
  // The sink on the stack may have released the last other Ref.
  const bool is_calling = write_side_ && write_side_->is_calling();
  if (is_calling && !ticks().closed() && !std::exchange(lingers_, true))
    return core_.next_tick([] {});
  if (core_.destroyed() || !core_.auto_destroys()) {
    // Emits Unpipe at the destinations and removes the pipe's listeners before the source is
    // destroyed.
    if (read_side_ && read_side_->pipes().any() && !ticks().closed())
      return core_.next_tick([this] { internal::unpipe_all(*this, *read_side_); });
    return RefCounted::on_last_ref();
  }
  // Operations hold a Ref: the stream lives until its resource is released.
  const Ref<Stream> again(this);
  destroy(write_side_ ? write_side_->loss() : Error());
}

}  // namespace weir
