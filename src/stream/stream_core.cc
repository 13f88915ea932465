#include <weir/stream/internal/stream_core.h>

#include "stream/in_turn.h"
#include "stream/ticks.h"
#include <weir/stream/internal/read_side.h>
#include <weir/stream/internal/write_side.h>
#include <weir/stream/resource.h>
#include <weir/stream/stream.h>

#include <utility>

namespace weir::internal {

StreamCore::StreamCore(Stream& stream, TickQueue& ticks, Resource& resource, Options options)
    : stream_(stream), ticks_(&ticks), resource_(resource), options_(options) {}

StreamCore::~StreamCore() {
  if (lifeline_) lifeline_->stream = nullptr;
  ticks_->count_stream(static_cast<bool>(errored_));
}

void StreamCore::note(const Error& error) {
  if (errored_ || !error) return;
  errored_ = error;
  blockers_.errored = true;
  if (WriteSide* const writable = stream_.write_side()) writable->on_errored();
}

void StreamCore::construct() {
  blockers_.constructing = true;
  next_tick([this] { run_construct(); });
}

void StreamCore::run_construct() {
  const Pin alive(stream_);
  construct_ = Construct::running;
  try {
    resource_.construct(Done(stream_, Operation::construct));
  } catch (...) {
    on_construct_done(Error::from_current_exception());
  }
}

void StreamCore::on_construct_done(Error error) {
  if (construct_ == Construct::running) construct_ = Construct::called;
  next_tick([this, error = std::move(error)] { finish_construct(error); });
}

void StreamCore::finish_construct(Error error) {
  if (construct_ == Construct::done) return fail(error ? error : Error(Errc::multiple_callback));
  construct_ = Construct::done;
  blockers_.constructing = false;
  if (destroyed()) {
    if (!waiting_destroy_) return;
    WaitingDestroy waiting = *std::exchange(waiting_destroy_, std::nullopt);
    run_destroy(Error::aggregate(error, waiting.error), std::move(waiting.destroyed));
  } else if (error) {
    note(error);  // before the sink could get a write
    fail(std::move(error), Emit::later);
  } else {
    stream_.on_construct();
  }
}

void StreamCore::destroy(Error error, Callback destroyed) {
  if (this->destroyed()) {
    if (destroyed) destroyed();
    return;
  }
  // First, so that a call of destroy() from a callback finds the stream destroyed.
  note(error);
  blockers_.destroyed = true;
  if (constructed())
    run_destroy(std::move(error), std::move(destroyed));
  else
    waiting_destroy_.emplace(std::move(error), std::move(destroyed));
}

void StreamCore::run_destroy(Error error, Callback destroyed) {
  destroyed_ = std::move(destroyed);
  const Pin alive(stream_);
  try {
    resource_.destroy(std::move(error), Done(stream_, Operation::destroy));
  } catch (...) {
    on_destroy_done(Error::from_current_exception());
  }
}

void StreamCore::on_destroy_done(Error error) {
  if (closed()) return;
  note(error);
  closed_ = true;
  Callback destroyed = std::exchange(destroyed_, nullptr);
  if (destroyed && !ticks_->closed()) destroyed(error);
  next_tick([this, error = std::move(error)] {
    if (!closed_) return emit_end_of_former_life(error);
    if (stream_.listeners().count(&kEventKey<Error>) > 0)
      return in_turn(*this, [&] { emit_error(error); }, [this] { emit_close(); });
    // As in Node, an Error without a listener is thrown, and is the last event.
    emit_error(error);
    emit_close();
  });
}

// Closes a constructed stream, whose next tick will not run.
void StreamCore::destroy_constructed() noexcept {
  if (construct_ != Construct::called || !waiting_destroy_) return;
  WaitingDestroy waiting = *std::exchange(waiting_destroy_, std::nullopt);
  try {
    run_destroy(std::move(waiting.error), std::move(waiting.destroyed));
  } catch (...) {  // NOLINT: no listener is left
  }
}

void StreamCore::leave_queue(const Error& loss) noexcept {
  destroy_constructed();
  note(loss);
  closed_ = true;
  blockers_.destroyed = blockers_.outlived = true;
  ticks_ = &TickQueue::gone();
  // Callbacks may own the stream. Released last, because their destructors may call this.
  const Callback destroyed = std::exchange(destroyed_, nullptr);
  const std::optional<WaitingDestroy> waiting = std::exchange(waiting_destroy_, std::nullopt);
}

bool StreamCore::report_outlived(const char* call) noexcept {
  return stream_.LoopShutdownHook::is_gone_for(call);
}

void StreamCore::revive() noexcept {
  blockers_.destroyed = blockers_.errored = false;
  errored_ = {};
  closed_ = error_emitted_ = close_emitted_ = false;
}

// Node remembers that it has emitted these: a revived stream cannot finish again.
void StreamCore::emit_end_of_former_life(const Error& error) {
  if (error) stream_.listeners().emit(&kEventKey<Error>, &error);
  const Close event;
  if (options_.emit_close) stream_.listeners().emit(&kEventKey<Close>, &event);
}

void StreamCore::fail(Error error, Emit emit) {
  if (destroyed()) return;
  if (options_.auto_destroy) return static_cast<void>(stream_.destroy(std::move(error)));
  note(error);
  if (emit == Emit::now) return emit_error(error);
  next_tick([this, error = std::move(error)] { emit_error(error); });
}

void StreamCore::emit_error(const Error& error) {
  if (!error || std::exchange(error_emitted_, true)) return;
  stream_.listeners().emit(&kEventKey<Error>, &error);
}

void StreamCore::emit_close() {
  close_emitted_ = true;
  const auto emit = [this] {
    const Close event;
    if (options_.emit_close) stream_.listeners().emit(&kEventKey<Close>, &event);
  };
  in_turn(*this, emit, [this] {
    if (!options_.closes_later) release_listeners();
  });
}

void StreamCore::emit_later_close(bool had_error) {
  const Close event{had_error};
  in_turn(
      *this, [&] { stream_.listeners().emit(&kEventKey<Close>, &event); },
      [this] { release_listeners(); });
}

void StreamCore::release_listeners() {
  // These events are over, and a listener that owns a Ref to its own stream would keep it alive. On
  // a later tick, because a Finish may be due on this one.
  if (!stream_.listeners().empty()) next_tick([this] { drop_listeners(); });
}

void StreamCore::drop_listeners() {
  ListenerTable& listeners = stream_.listeners();
  listeners.release(&kEventKey<Drain>);
  listeners.release(&kEventKey<Prefinish>);
  listeners.release(&kEventKey<Finish>);
  listeners.release(&kEventKey<ReadableEvent>);
  listeners.release(&kEventKey<End>);
  listeners.release(&kEventKey<ErrorMonitor>);
  listeners.release(&kEventKey<Error>);
  listeners.release(&kEventKey<Close>);
  if (ReadSide* const readable = stream_.read_side()) listeners.release(readable->data_event());
}

}  // namespace weir::internal
