// weir/stream/stream.h - Stream: the base class of all streams. Lifetime, errors and destroy.
//
// - Creation: the `make` function of each class returns a Ref. A stream keeps itself alive while an
//   operation is in progress or events are due, so a program may drop its Ref early. An open stream
//   without a Ref and without work is destroyed; if it loses accepted data, with an Error.
// - A stream that outlives its Loop is closed: destroyed() and closed() are true, errored() reports
//   lost data, listeners and callbacks are dropped. Its functions do nothing; the first use prints
//   a warning on stderr: "(weir) OutlivedLoopWarning: write() on ...".
// - Thread: use a stream only on the thread of its loop, also from its own listeners and callbacks.
//   Builds with assertions check that (thread_check.h).
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/event/emitter.h>
#include <weir/event/tick_queue.h>
#include <weir/stream/events.h>
#include <weir/stream/internal/operation.h>
#include <weir/stream/internal/stream_core.h>
#include <weir/stream/metrics.h>

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace weir {

class Resource;

namespace internal {
class FinishedWatch;
class Joint;
class PipeLink;
class Pipeline;
class ReadSide;
class ReadObserver;
class WriteSide;
}  // namespace internal

// The first line of each public function of a stream. No cost with NDEBUG.
#define WEIR_STREAM_ENTRY(call) WEIR_CHECK_THREAD(this->ticks(), call, this->describe())

// The one base of Readable and Writable; a Duplex shares it between its two sides.
class Stream : public RefCounted, private LoopShutdownHook {
 public:
  // Destroys the stream now: pending writes are dropped and called back with the error (without
  // one: ERR_STREAM_DESTROYED), then the resource is released. A second call only calls back
  // `destroyed`, at once. Returns the stream, as every function that does so in Node.
  // CALLS BACK: Error (if any) and Close on later ticks; `destroyed` once the resource is released.
  // Node counterpart: destroy.
  Stream& destroy(Error error = {}, Callback destroyed = {});

  bool destroyed() const noexcept { return core_.destroyed(); }
  // True once the resource is released; Close may still be due.
  bool closed() const noexcept { return core_.closed(); }
  // The first error, or success.
  const Error& errored() const noexcept { return core_.errored(); }

  // The stream's name in messages: "WriteStream '/tmp/x'", "a Writable".
  std::string describe() const override;
  using LoopShutdownHook::given_name;
  using LoopShutdownHook::number;
  // Names the stream in dumps, metrics and the inspector, instead of its path or address.
  Stream& set_name(std::string name);

  // The stream's numbers up to now. No Node counterpart.
  StreamMetrics metrics() const;
  // "open", "ending", "ended", "finished", "failed", "destroyed" or "closed".
  std::string state() const;
  // What the stream waits for: "the sink", "Drain of its destination". Empty if for nothing.
  std::string obstacle() const;
  // Both: "open, 12000 of 16384 bytes to write, waits for the sink".
  std::string status() const override;
  // True if a side counts objects.
  bool object_mode() const noexcept;
  // The streams that this one is piped into.
  std::vector<const Stream*> destinations() const;
  // The stream that carries this one's bytes: the socket of an HTTP message. Null for others.
  virtual const Stream* carrier() const { return nullptr; }

  TickQueue& ticks() const noexcept { return core_.ticks(); }
  ListenerTable& listeners() noexcept { return listeners_; }

 protected:
  // OWNS: resource, and destroys it last.
  Stream(TickQueue& ticks, std::unique_ptr<Resource> resource,
         internal::StreamCore::Options options);
  // For a stream that has its resource as a base, which has to be constructed before it: one
  // allocation for both.
  Stream(TickQueue& ticks, Resource& resource, internal::StreamCore::Options options);
  // Never runs: make_stream's class is the most derived, and constructs the virtual base.
  Stream();
  ~Stream() override;

  // Starts the stream: a stop of `signal` destroys it; the resource is constructed if it overrides
  // that. The creator calls it after the construction.
  void begin(bool constructs, const std::stop_token& signal);

  // For a stream that survives destroy: opens it for writing again. Error and Close of its previous
  // life follow on their ticks.
  // REQUIRES: the resource's destroy has completed, and the stream is not readable.
  // Node counterpart: _undestroy.
  void revive() noexcept;

  internal::StreamCore& core() noexcept { return core_; }
  const internal::StreamCore& core() const noexcept { return core_; }

  // Null if the stream does not have this side.
  internal::WriteSide* write_side() const noexcept { return write_side_; }
  internal::ReadSide* read_side() const noexcept { return read_side_; }

  void* find_class(const internal::ClassKey* key) noexcept override;

  // Completes an operation of neither side: transform or flush.
  virtual void on_transformed(internal::Operation operation, Error error);

  void on_last_ref() noexcept override;

  // True if the Loop is gone. The first call then prints a warning that `call` does nothing.
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
  friend class internal::ReadObserver;
  friend class internal::WriteSide;

  void let_go() noexcept override;

  // Callbacks from the core and from Done to the sides.
  void on_construct();
  void on_done(internal::Operation operation);
  void on_failed(internal::Operation operation, Error error);

  std::unique_ptr<Resource> owned_;  // none where the resource is part of the stream
  Resource& resource_;
  ListenerTable listeners_;
  internal::StreamCore core_;
  internal::WriteSide* write_side_ = nullptr;
  internal::ReadSide* read_side_ = nullptr;
  bool lingers_ = false;  // until the resource has returned
};

}  // namespace weir
