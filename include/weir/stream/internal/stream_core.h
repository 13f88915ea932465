// weir/stream/internal/stream_core.h - how a stream opens, fails and closes, once each.
//
// Shared by the readable and the writable side; Node's lib/internal/streams/destroy.js.
//
//   state       on                                  becomes
//   open        destroy(), fail() with auto_destroy destroyed
//   destroyed   the resource's destroy is done      closed; then on a tick: Error (once), Close
//   closed      revive()                            open; Error and Close are emitted all the same
//   any         the queue is closed: leave_queue()  closed for good, without an event
//
// A destroy during the resource's construction waits for it; the stream counts as destroyed
// meanwhile.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/event/tick_queue.h>
#include <weir/stream/internal/lifeline.h>
#include <weir/stream/internal/operation.h>
#include <weir/stream/internal/write_blockers.h>

#include <cstdint>
#include <optional>

namespace weir {
class Resource;
class Stream;
}  // namespace weir

namespace weir::internal {

class StreamCore {
 public:
  struct Options {
    bool emit_close = true;
    bool auto_destroy = true;
    // Without emit_close: the owner of the stream emits Close later.
    bool closes_later = false;
    // A pipe's end counts as an end of this stream, unless its PipeOptions say otherwise.
    bool ended_by_pipes = true;
  };

  StreamCore(Stream& stream, TickQueue& ticks, Resource& resource, Options options);
  StreamCore(const StreamCore&) = delete;
  StreamCore& operator=(const StreamCore&) = delete;
  ~StreamCore();

  bool constructed() const noexcept { return !blockers_.constructing; }
  bool destroyed() const noexcept { return blockers_.destroyed; }
  bool closed() const noexcept { return closed_; }
  const Error& errored() const noexcept { return errored_; }
  bool error_emitted() const noexcept { return error_emitted_; }
  bool close_emitted() const noexcept { return close_emitted_; }
  bool emits_close() const noexcept { return options_.emit_close; }
  bool auto_destroys() const noexcept { return options_.auto_destroy; }
  bool ended_by_pipes() const noexcept { return options_.ended_by_pipes; }
  // The stream's queue; TickQueue::gone() after its destruction.
  TickQueue& ticks() const noexcept { return *ticks_; }
  // The blockers of writing. The core sets its own; the writable side sets the others.
  WriteBlockers& blockers() noexcept { return blockers_; }
  const WriteBlockers& blockers() const noexcept { return blockers_; }

  // Constructs the resource on the next tick; until then constructed() is false.
  void construct();

  void destroy(Error error, Callback destroyed);

  // Handles a failed operation: destroys the stream if auto_destroy, otherwise emits Error, on a
  // tick for `later`.
  // Node: errorOrDestroy.
  enum class Emit : bool { now, later };
  void fail(Error error, Emit emit = Emit::now);

  // Keeps the first error.
  void note(const Error& error);

  void on_construct_done(Error error);
  void on_destroy_done(Error error);
  // REQUIRES: closed. Node: _undestroy.
  void revive() noexcept;
  // Called when the queue is closed. `loss` describes accepted data that will not be written.
  void leave_queue(const Error& loss) noexcept;
  bool outlived() const noexcept { return blockers_.outlived; }
  // True if the queue is closed. The first call then prints a warning that `call` does nothing.
  bool is_gone_for(const char* call) noexcept {
    if (!outlived()) [[likely]]
      return false;
    return report_outlived(call);
  }
  // REQUIRES: Options::closes_later, and the resource's destroy has completed.
  void emit_later_close(bool had_error);

  // Runs `tick` on the next tick, and keeps the stream alive until then.
  template <class F>
  void next_tick(F tick);
  // Runs `tick` after all ticks, and keeps the stream alive until then.
  template <class F>
  void after_ticks(F tick);

  // Destroys the listeners' captures, perhaps the stream itself. No event follows.
  void drop_listeners();

  // The target of a Done after its call: a weak reference to the stream.
  const Ref<Lifeline>& lifeline() {
    if (!lifeline_) [[unlikely]]
      lifeline_ = make_ref<Lifeline>(&stream_);
    return lifeline_;
  }

 private:
  //   none     the resource has no construct, or it was not called yet
  //   running  construct was called
  //   called   its Done was called; the stream continues on a tick
  //   done     complete; another call of the Done is an error
  enum class Construct : std::uint8_t { none, running, called, done };

  struct WaitingDestroy {
    Error error;
    Callback destroyed;
  };

  void run_construct();
  void finish_construct(Error error);
  void destroy_constructed() noexcept;
  void run_destroy(Error error, Callback destroyed);
  void emit_error(const Error& error);
  void emit_close();
  void emit_end_of_former_life(const Error& error);
  void release_listeners();
  bool report_outlived(const char* call) noexcept;

  Stream& stream_;
  TickQueue* ticks_;
  Resource& resource_;
  Options options_;
  WriteBlockers blockers_;
  Construct construct_ = Construct::none;
  bool closed_ = false;
  bool error_emitted_ = false;
  bool close_emitted_ = false;
  Error errored_;
  std::optional<WaitingDestroy> waiting_destroy_;  // until construct has completed
  Callback destroyed_;
  Ref<Lifeline> lifeline_;
};

}  // namespace weir::internal
