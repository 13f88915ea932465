// weir/stream/stream.h - what streams of every kind have: a life that ends once, and its errors.
//
// A stream is made by its class's `make` and lives behind a Ref. It keeps itself alive while an
// operation of it is under way or its events are due, so a program may drop its Ref early. One
// that is dropped while it is still open is destroyed then; if that loses accepted data, with an
// Error.
//
// Everything here is for the thread of the stream's loop only, and may be called from inside any
// of the stream's listeners and callbacks.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/event/emitter.h>
#include <weir/event/tick_queue.h>
#include <weir/stream/events.h>
#include <weir/stream/internal/operation.h>
#include <weir/stream/internal/stream_core.h>

namespace weir {

class Stream : public RefCounted {
 public:
  // Ends the stream now: what is queued is dropped and called back with the error (without one:
  // ERR_STREAM_DESTROYED), then the resource is released. A second call does nothing but call
  // `destroyed` back at once.
  // CALLS BACK: on later ticks Error (where there is one) and Close; `destroyed` once the resource
  // is released. Node counterpart: destroy.
  void destroy(Error error = {}, Callback destroyed = {});

  bool destroyed() const noexcept { return core_.destroyed(); }
  // Its resource is released; Close may still be due.
  bool closed() const noexcept { return core_.closed(); }
  // The first error, or success.
  const Error& errored() const noexcept { return core_.errored(); }

  TickQueue& ticks() const noexcept { return core_.ticks(); }
  ListenerTable& listeners() noexcept { return listeners_; }

 protected:
  Stream(TickQueue& ticks, Resource& resource, internal::StreamCore::Options options);
  ~Stream() override;

  internal::StreamCore& core() noexcept { return core_; }
  const internal::StreamCore& core() const noexcept { return core_; }

  // The hooks by which the core and Done reach the sides of a stream.
  virtual void on_construct() = 0;
  virtual void before_destroy() = 0;
  virtual void on_done(internal::Operation operation);
  virtual void on_failed(internal::Operation operation, Error error);
  // An Error where dropping the stream now would lose data that it has accepted.
  virtual Error loss() const = 0;

  // Whether a function of the resource is on the stack that nothing but the caller's Ref keeps the
  // stream alive for.
  virtual bool is_calling() const noexcept = 0;

  void on_last_ref() noexcept override;

 private:
  friend class Done;
  friend class internal::StreamCore;

  ListenerTable listeners_;
  internal::StreamCore core_;
  bool lingers_ = false;  // for the resource to return
};

}  // namespace weir
