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
      core_(*this, ticks, resource_, options) {}

Stream::Stream(TickQueue& ticks, Resource& resource, internal::StreamCore::Options options)
    : LoopShutdownHook(ticks, Turn::last),
      resource_(resource),
      listeners_(&ticks, this),
      core_(*this, ticks, resource_, options) {}

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

// The queue is gone. The resource is released as it is when a stream is dropped: what its destroy
// begins, the Loop waits for; what it throws has no listener any more.
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
  if (write_side_ && !core_.destroyed()) write_side_->before_destroy();
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
  // While the queue closes, the end of one stream may complete what another one waits for.
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
  // Nothing but the caller's Ref kept the stream alive for a sink that is on the stack.
  const bool is_calling = write_side_ && write_side_->is_calling();
  if (is_calling && !ticks().closed() && !std::exchange(lingers_, true))
    return core_.next_tick([] {});
  if (core_.destroyed() || !core_.auto_destroys()) {
    // The destinations hear Unpipe, and lose the pipe's listeners, before the source is gone.
    if (read_side_ && read_side_->pipes().any() && !ticks().closed())
      return core_.next_tick([this] { internal::unpipe_all(*this, *read_side_); });
    return RefCounted::on_last_ref();
  }
  // Lives on for as long as its resource takes to go: an operation that is under way has a Ref.
  const Ref<Stream> again(this);
  destroy(write_side_ ? write_side_->loss() : Error());
}

}  // namespace weir
