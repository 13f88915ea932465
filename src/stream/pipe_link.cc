#include <weir/stream/internal/pipe_link.h>

#include "stream/ticks.h"
#include <weir/stream/events.h>
#include <weir/stream/internal/lifeline.h>
#include <weir/stream/internal/read_side.h>
#include <weir/stream/internal/write_side.h>

#include <exception>
#include <utility>

namespace weir::internal {

class PipeLink final : public RefCounted, private LoopShutdownHook {
 public:
  PipeLink(Stream& source, ReadSide& side, Stream& destination, PipeWrite write)
      : LoopShutdownHook(source.ticks()),
        source_(source.core().lifeline()),
        destination_(destination.core().lifeline()),
        side_(side),
        write_(std::move(write)),
        is_over_(destination.core().close_emitted()) {}

  // Adds its listeners in Node's order, because it is the order of the calls.
  void start(const Ref<Stream>& destination, bool end) {
    const Ref<PipeLink> self(this);
    const Pin alive(source());
    if (source().core().is_gone_for("pipe") || destination->core().is_gone_for("pipe")) return;
    side_.pipes().add(destination_, is_over_ ? nullptr : destination);
    const bool ends = end && destination->core().ended_by_pipes();
    const auto at_end = [self, ends] { ends ? self->end_destination() : self->unpipe(); };
    if (side_.finished())
      source().core().next_tick(at_end);
    else
      on_end_ = listen<End>(source(), at_end, Times::once);
    on_unpipe_ = destination->listeners().add(
        &kEventKey<Unpipe>,
        [holds = HoldsSource(self)](const void* event) {
          holds.link->on_unpipe(*static_cast<const Unpipe*>(event));
        },
        Place::last, Times::always);
    on_data_ = source().listeners().add(
        side_.data_event(), [self](const void* event) { self->on_data(event); }, Place::last,
        Times::always);
    side_.pipes().set_data_listener(on_data_);
    // First, so that the destination is unpiped when its other Error listeners run.
    on_error_ = destination->listeners().add(
        &kEventKey<Error>,
        [self](const void* event) { self->on_error(*static_cast<const Error*>(event)); },
        Place::first, Times::always);
    on_close_ = listen<Close>(*destination, [self] { self->on_close(); }, Times::once);
    on_finish_ = listen<Finish>(*destination, [self] { self->on_finish(); }, Times::once);

    const Pipe event{source()};
    destination->listeners().emit(&kEventKey<Pipe>, &event);

    if (destination->write_side()->need_drain())
      wait();
    else if (side_.flowing() != ReadSide::Choice::yes)
      side_.resume();
  }

 private:
  using Place = ListenerTable::Place;
  using Times = ListenerTable::Times;

  // Owned by the destination's listeners: releases the source with them.
  struct HoldsSource {
    explicit HoldsSource(Ref<PipeLink> held_by) noexcept : link(std::move(held_by)) {}
    HoldsSource(HoldsSource&&) noexcept = default;
    HoldsSource& operator=(HoldsSource&&) = delete;
    ~HoldsSource() {
      if (link) std::exchange(link->held_source_, nullptr);
    }
    Ref<PipeLink> link;
  };

  // Two streams that are piped into each other own each other until one of them ends.
  void let_go() noexcept override {
    const Ref<PipeLink> self(this);
    const Ref<Stream> source = std::exchange(held_source_, nullptr);
    if (source_->stream && destination_->stream) {
      const Pin alive(this->source());
      side_.pipes().release(destination());
    }
  }

  // REQUIRES: the stream is alive. The source is alive in its own callbacks, and while it waits for
  // Drain.
  Stream& source() const noexcept { return *source_->stream; }
  Stream& destination() const noexcept { return *destination_->stream; }

  template <class Event, class F>
  static ListenerId listen(Stream& stream, F call, Times times) {
    return stream.listeners().add(
        &kEventKey<Event>, [call = std::move(call)](const void*) { call(); }, Place::last, times);
  }

  void on_data(const void* event) {
    if (!destination_->stream) return;
    try {
      if (!write_(event)) wait();
    } catch (...) {
      const std::exception_ptr thrown = std::current_exception();
      if (source().ticks().is_by_listener(thrown) || !destination_->stream) throw;
      destination().destroy(Error::from_current_exception());
    }
  }

  // The destination is full: pauses the source until Drain.
  void wait() {
    const Pin alive(destination());
    // The write may have ended the pipe. A source paused now would stay paused.
    if (!cleaned_up_) {
      side_.pipes().await_drain(destination());
      let_destination_hold_source();
      side_.pause();
    }
    if (on_drain_ != ListenerId::none) return;
    on_drain_ = listen<Drain>(
        destination(), [self = Ref<PipeLink>(this)] { self->on_drain(); }, Times::always);
    side_.pipes().set_drain_listener(on_drain_);
  }

  void on_drain() {
    if (!source_->stream) return;
    const Pin alive(source());
    side_.pipes().hold(destination());
    held_source_ = nullptr;
    side_.on_drain(destination());
  }

  void let_destination_hold_source() {
    if (held_source_ || is_over_) return;
    held_source_ = Ref<Stream>(&source());
    side_.pipes().release(destination());
  }

  void end_destination() {
    if (!destination_->stream) return;
    const Pin alive(destination());
    if (!cleaned_up_) let_destination_hold_source();
    destination().write_side()->end({}, {});
  }

  void unpipe() {
    if (source_->stream && destination_->stream) internal::unpipe(source(), side_, destination());
  }

  void on_unpipe(const Unpipe& event) {
    if (&event.source != source_->stream || event.has_unpiped) return;
    event.has_unpiped = true;
    clean_up();
  }

  void on_error(const Error& error) {
    const Ref<PipeLink> self(this);
    unpipe();
    ListenerTable& listeners = destination().listeners();
    listeners.remove(on_error_);
    if (listeners.count(&kEventKey<Error>) > 0) return;
    // The pipe must not swallow the error: without another listener, the destination reports it.
    StreamCore& core = destination().core();
    if (core.error_emitted())
      listeners.emit(&kEventKey<Error>, &error);
    else
      core.fail(error);
  }

  void on_close() {
    const Ref<PipeLink> self(this);
    destination().listeners().remove(on_finish_);
    unpipe();
  }

  void on_finish() {
    const Ref<PipeLink> self(this);
    destination().listeners().remove(on_close_);
    unpipe();
  }

  void clean_up() {
    const Ref<PipeLink> self(this);
    ListenerTable& there = destination().listeners();
    there.remove(on_close_);
    there.remove(on_finish_);
    if (on_drain_ != ListenerId::none) there.remove(on_drain_);
    there.remove(on_error_);
    there.remove(on_unpipe_);
    ListenerTable& here = source().listeners();
    here.remove(on_end_);
    here.remove(on_data_);
    cleaned_up_ = true;
    // The source waits for a Drain that cannot reach it any more.
    if (on_drain_ != ListenerId::none && side_.pipes().awaits_drain()) on_drain();
    held_source_ = nullptr;
    // Keeps both streams alive for other listeners of the event that ended the pipe, such as a
    // pipeline's.
    source().core().next_tick([] {});
    destination().core().next_tick([] {});
  }

  Ref<Lifeline> source_;
  Ref<Lifeline> destination_;
  ReadSide& side_;  // the source's
  PipeWrite write_;
  Ref<Stream> held_source_;
  ListenerId on_end_ = ListenerId::none;
  ListenerId on_unpipe_ = ListenerId::none;
  ListenerId on_data_ = ListenerId::none;
  ListenerId on_error_ = ListenerId::none;
  ListenerId on_close_ = ListenerId::none;
  ListenerId on_finish_ = ListenerId::none;
  ListenerId on_drain_ = ListenerId::none;
  bool cleaned_up_ = false;
  // The destination was closed before: no event of it ends an ownership.
  const bool is_over_;
};

void pipe(Stream& source, ReadSide& side, Ref<Stream> destination, bool end, PipeWrite write) {
  WEIR_CHECK_THREAD(source.ticks(), "pipe", source.describe());
  make_ref<PipeLink>(source, side, *destination, std::move(write))->start(destination, end);
}

void unpipe(Stream& source, ReadSide& side, Stream& destination) {
  WEIR_CHECK_THREAD(source.ticks(), "unpipe", source.describe());
  const Pin source_alive(source);
  const Pin destination_alive(destination);
  if (!side.pipes().remove(destination)) return;
  if (!side.pipes().any()) side.pause();
  const Unpipe event{source};
  destination.listeners().emit(&kEventKey<Unpipe>, &event);
}

void unpipe_all(Stream& source, ReadSide& side) {
  if (!side.pipes().any()) return;
  const Pin source_alive(source);
  const auto destinations = side.pipes().remove_all();
  side.pause();
  for (const Ref<Stream>& destination : destinations) {
    const Unpipe event{source};
    destination->listeners().emit(&kEventKey<Unpipe>, &event);
  }
}

}  // namespace weir::internal
