// weir/stream/stream.h - what streams of every kind have: a life that ends once, and its errors.
//
// A stream is made by its class's `make` and lives behind a Ref. It keeps itself alive while an
// operation of it is under way or its events are due, so a program may drop its Ref early. One
// that is dropped while it is still open is destroyed then; if that loses accepted data, with an
// Error.
//
// A stream that outlives its Loop is closed by that: destroyed() and closed() are true, errored()
// says what was accepted and is lost, listeners and callbacks are dropped. It does nothing any
// more, and warns of that on stderr the first time it is used: "(weir) OutlivedLoopWarning: write()
// on ...".
//
// Everything here is for the thread of the stream's loop only, and may be called from inside any
// of the stream's listeners and callbacks. Builds with assertions check that (thread_check.h).
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/event/emitter.h>
#include <weir/event/tick_queue.h>
#include <weir/stream/events.h>
#include <weir/stream/internal/operation.h>
#include <weir/stream/internal/stream_core.h>

#include <memory>
#include <stop_token>
#include <string>

namespace weir {

class Resource;

namespace internal {
class FinishedWatch;
class Joint;
class PipeLink;
class Pipeline;
class ReadSide;
class Tap;
class WriteSide;
}  // namespace internal

// The first line of each function of a stream that its users call. Costs nothing with NDEBUG.
#define WEIR_STREAM_ENTRY(call) WEIR_CHECK_THREAD(this->ticks(), call, this->describe())

// The one base of Readable and Writable, which Duplex shares between its two halves.
class Stream : public RefCounted, private LoopShutdownHook {
 public:
  // Ends the stream now: what is queued is dropped and called back with the error (without one:
  // ERR_STREAM_DESTROYED), then the resource is released. A second call does nothing but call
  // `destroyed` back at once. Returns the stream, here and wherever Node does.
  // CALLS BACK: on later ticks Error (where there is one) and Close; `destroyed` once the resource
  // is released. Node counterpart: destroy.
  Stream& destroy(Error error = {}, Callback destroyed = {});

  bool destroyed() const noexcept { return core_.destroyed(); }
  // Its resource is released; Close may still be due.
  bool closed() const noexcept { return core_.closed(); }
  // The first error, or success.
  const Error& errored() const noexcept { return core_.errored(); }

  // The stream's name in messages: "WriteStream '/tmp/x'", "a Writable".
  std::string describe() const override;

  TickQueue& ticks() const noexcept { return core_.ticks(); }
  ListenerTable& listeners() noexcept { return listeners_; }

 protected:
  // OWNS: resource, which goes last.
  Stream(TickQueue& ticks, std::unique_ptr<Resource> resource,
         internal::StreamCore::Options options);
  // For a stream that has its resource as a base, which has to be constructed before it: one
  // allocation for both.
  Stream(TickQueue& ticks, Resource& resource, internal::StreamCore::Options options);
  // Never runs. A class that is derived from has to name a constructor of this virtual base, and
  // then the most derived one's choice counts.
  Stream();
  ~Stream() override;

  // Begins the stream's life: `signal`, when stopped, destroys it; its resource is constructed
  // where it has a function for that. Called by whoever makes the stream once it is whole.
  void begin(bool constructs, const std::stop_token& signal);

  // For a stream that outlives what its users do to it: open and writable again. Error and Close
  // of the life that was come on their ticks. REQUIRES: its resource's destroy is done, and it is
  // not readable. Node counterpart: _undestroy.
  void revive() noexcept;

  internal::StreamCore& core() noexcept { return core_; }
  const internal::StreamCore& core() const noexcept { return core_; }

  // Null where the stream has no such side.
  internal::WriteSide* write_side() const noexcept { return write_side_; }
  internal::ReadSide* read_side() const noexcept { return read_side_; }

  // What is neither side's: transform and flush.
  virtual void on_transformed(internal::Operation operation, Error error);

  void on_last_ref() noexcept override;

  // Whether the Loop is gone; where it is, the stream warns once that `call` does nothing.
  bool is_gone_for(const char* call) noexcept { return core_.is_gone_for(call); }

 private:
  friend class Done;
  friend class WritableBase;
  friend class ReadableBase;
  friend class internal::FinishedWatch;
  friend class internal::Joint;
  friend class internal::PipeLink;
  friend class internal::Pipeline;
  friend class internal::ReadSide;
  friend class internal::StreamCore;
  friend class internal::Tap;
  friend class internal::WriteSide;

  void let_go() noexcept override;

  // The ways from the core and from Done to the sides.
  void on_construct();
  void on_done(internal::Operation operation);
  void on_failed(internal::Operation operation, Error error);

  std::unique_ptr<Resource> owned_;  // none where the resource is part of the stream
  Resource& resource_;
  ListenerTable listeners_;
  internal::StreamCore core_;
  internal::WriteSide* write_side_ = nullptr;
  internal::ReadSide* read_side_ = nullptr;
  bool lingers_ = false;  // for the resource to return
};

}  // namespace weir
