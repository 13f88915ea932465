#include <weir/stream/finished.h>

#include "stream/ticks.h"
#include <weir/stream/events.h>
#include <weir/stream/internal/read_side.h>
#include <weir/stream/internal/stop_listener.h>
#include <weir/stream/internal/write_side.h>
#include <weir/stream/stream.h>

#include <utility>
#include <vector>

namespace weir {
namespace internal {

// Node's lib/internal/streams/end-of-stream.js.
class FinishedWatch final : public RefCounted {
 public:
  FinishedWatch(Stream& stream, const FinishedOptions& options, Callback callback)
      : stream_(stream.core().lifeline()),
        callback_(std::move(callback)),
        reading_{.is_awaited = options.readable.value_or(reads())},
        writing_{.is_awaited = options.writable.value_or(writes())} {
    const StreamCore& core = stream.core();
    will_emit_close_ = core.auto_destroys() && core.emits_close() && !core.closed() &&
                       reads() == reading_.is_awaited && writes() == writing_.is_awaited;
    writing_.is_over = looks_finished();
    reading_.is_over = looks_ended();
  }

  void start(const FinishedOptions& options) {
    Stream& stream = *this->stream();
    const Ref<FinishedWatch> self(this);
    std::optional<Error> outcome = outcome_now();
    if (outcome) {
      if (options.error) listeners_ = {listen<Error>([] {})};
    } else if (options.signal.stop_requested()) {
      outcome = Errc::aborted;
    }
    if (outcome)
      return stream.core().next_tick(
          [due = Due(self), error = *std::move(outcome)] { due.watch->call(error); });

    listeners_ = {
        listen<End>([self] { self->on_end(); }), listen<Finish>([self] { self->on_finish(); }),
        options.error
            ? stream.listeners().add(
                  &kEventKey<Error>,
                  [self](const void* event) { self->call(*static_cast<const Error*>(event)); },
                  ListenerTable::Place::last, ListenerTable::Times::always)
            : ListenerId::none,
        listen<Close>([held = Held(self)] { held.watch->on_close(); })};
    // Not a Ref: the watch owns signal_, and a signal that never stops would keep it alive.
    if (options.signal.stop_possible())
      signal_.emplace(stream.ticks(), options.signal, [this] { abort(); });
  }

  void clean_up() {
    callback_ = nullptr;
    signal_.reset();
    if (!stream_->stream) return;
    for (const ListenerId id : std::exchange(listeners_, {})) stream()->listeners().remove(id);
  }

 private:
  // Owned by the Close listener. When the stream or its queue is destroyed, the callback is
  // released with the listener, because it may own an owner of this watch.
  struct Held {
    explicit Held(Ref<FinishedWatch> held) noexcept : watch(std::move(held)) {}
    Held(Held&&) noexcept = default;
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (watch && watch->is_over()) watch->drop();
    }
    Ref<FinishedWatch> watch;
  };

  // Owned by the tick of the callback, which the queue may drop uncalled.
  struct Due {
    explicit Due(Ref<FinishedWatch> due) noexcept : watch(std::move(due)) {}
    Due(Due&&) noexcept = default;
    Due& operator=(Due&&) = delete;
    ~Due() {
      if (watch) watch->drop();
    }
    Ref<FinishedWatch> watch;
  };

  Stream* stream() const { return stream_->stream; }
  bool is_over() const { return !stream() || stream()->core().outlived(); }
  void drop() {
    signal_.reset();
    const Callback dropped = std::move(callback_);
  }
  const ReadSide* read_side() const { return stream()->read_side(); }
  const WriteSide* write_side() const { return stream()->write_side(); }
  bool reads() const { return read_side() && read_side()->enabled(); }
  bool writes() const { return write_side() && write_side()->enabled(); }

  template <class Event, class F>
  ListenerId listen(F call) {
    return stream()->listeners().add(
        &kEventKey<Event>, [call = std::move(call)](const void*) { call(); },
        ListenerTable::Place::last, ListenerTable::Times::always);
  }

  // Finish was emitted, or will be because no write is left.
  bool looks_finished() const {
    if (!writes()) return false;
    if (write_side()->finished()) return true;
    return !stream()->errored() && write_side()->end_returned() && write_side()->length() == 0;
  }
  // End was emitted, or will be because no chunk is left.
  bool looks_ended() const {
    if (!reads() || stream()->errored()) return false;
    return read_side()->finished() || (read_side()->ended() && read_side()->length() == 0);
  }

  // Whether the stream can still be read; nullopt without a readable half.
  std::optional<bool> is_readable() const {
    if (!read_side()) return std::nullopt;
    return reads() && read_side()->readable();
  }
  std::optional<bool> is_writable() const {
    if (!write_side()) return std::nullopt;
    return writes() && write_side()->writable();
  }
  bool has_pending_callbacks() const {
    return write_side() && write_side()->has_pending_callbacks();
  }

  void on_end() {
    reading_.is_over = true;
    // The program has destroyed the stream: it may not emit Close.
    if (stream()->destroyed()) will_emit_close_ = false;
    if (will_emit_close_ && (is_writable() != true || writing_.is_awaited)) return;
    if (!writing_.is_awaited || writing_.is_over) call({});
  }

  void on_finish() {
    writing_.is_over = true;
    if (stream()->destroyed()) will_emit_close_ = false;
    if (will_emit_close_ && (is_readable() != true || reading_.is_awaited)) return;
    if (!reading_.is_awaited || reading_.is_over) call({});
  }

  void on_close() { call(outcome_of_close()); }

  Error outcome_of_close() const {
    if (const Error& error = stream()->errored()) return error;
    if ((reading_.is_awaited && !reading_.is_over && reads() && !looks_ended()) ||
        (writing_.is_awaited && !writing_.is_over && !looks_finished()))
      return Errc::stream_premature_close;
    return {};
  }

  // The result if the stream is over already.
  std::optional<Error> outcome_now() const {
    const Stream& stream = *this->stream();
    if (stream.closed()) return outcome_of_close();
    const bool is_over =
        stream.core().error_emitted()
            ? !will_emit_close_
            : (!reading_.is_awaited && (!will_emit_close_ || is_readable() == true) &&
               (writing_.is_over || is_writable() == false) && !has_pending_callbacks()) ||
                  (!writing_.is_awaited && (!will_emit_close_ || is_writable() == true) &&
                   (reading_.is_over || is_readable() == false));
    if (!is_over) return std::nullopt;
    return stream.errored();
  }

  void call(const Error& error) {
    signal_.reset();
    if (Callback callback = std::exchange(callback_, nullptr)) callback(error);
  }

  void abort() {
    const Ref<FinishedWatch> self(this);  // the listeners may own the last other Ref
    Callback callback = std::exchange(callback_, nullptr);
    clean_up();
    if (callback) callback(Errc::aborted);
  }

  Ref<Lifeline> stream_;
  Callback callback_;
  // `is_over`: End or Finish was emitted.
  struct Half {
    bool is_awaited;
    bool is_over = false;
  };
  Half reading_;
  Half writing_;
  bool will_emit_close_;
  std::vector<ListenerId> listeners_;
  std::optional<StopListener> signal_;
};

}  // namespace internal

Function<void()> finished(Stream& stream, FinishedOptions options, Callback callback) {
  internal::require_function(callback, "callback");
  auto watch = make_ref<internal::FinishedWatch>(stream, options, std::move(callback));
  watch->start(options);
  return [watch = std::move(watch)] { watch->clean_up(); };
}

Function<void()> finished(Stream& stream, Callback callback) {
  return finished(stream, FinishedOptions{}, std::move(callback));
}

}  // namespace weir
