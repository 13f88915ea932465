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
        readable_(options.readable.value_or(reads())),
        writable_(options.writable.value_or(writes())) {
    const StreamCore& core = stream.core();
    will_emit_close_ = core.auto_destroys() && core.emits_close() && !core.closed() &&
                       reads() == readable_ && writes() == writable_;
    finished_ = looks_finished();
    ended_ = looks_ended();
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
      return stream.core().next_tick([self, error = *std::move(outcome)] { self->call(error); });

    listeners_ = {
        listen<End>([self] { self->on_end(); }), listen<Finish>([self] { self->on_finish(); }),
        options.error
            ? stream.listeners().add(
                  &kEventKey<Error>,
                  [self](const void* event) { self->call(*static_cast<const Error*>(event)); },
                  ListenerTable::Place::last, ListenerTable::Times::always)
            : ListenerId::none,
        listen<Close>([held = Held(self)] { held.watch->on_close(); })};
    // Not with a Ref: it is the watch's own, and would keep it where the stop never comes.
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
  // In the stream's listeners: where those go with the stream or its queue, so does the callback,
  // which may hold who holds this watch.
  struct Held {
    explicit Held(Ref<FinishedWatch> held) noexcept : watch(std::move(held)) {}
    Held(Held&&) noexcept = default;
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (watch && watch->is_over()) watch->drop();
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

  // Finish was emitted, or will be for want of anything left to do.
  bool looks_finished() const {
    if (!writes()) return false;
    if (write_side()->finished()) return true;
    return !stream()->errored() && write_side()->end_returned() && write_side()->length() == 0;
  }
  // The same of End.
  bool looks_ended() const {
    if (!reads() || stream()->errored()) return false;
    return read_side()->finished() || (read_side()->ended() && read_side()->length() == 0);
  }

  // Whether it can still be read from; nothing where it never could.
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
    ended_ = true;
    // Destroyed by its user: its Close cannot be counted on.
    if (stream()->destroyed()) will_emit_close_ = false;
    if (will_emit_close_ && (is_writable() != true || writable_)) return;
    if (!writable_ || finished_) call({});
  }

  void on_finish() {
    finished_ = true;
    if (stream()->destroyed()) will_emit_close_ = false;
    if (will_emit_close_ && (is_readable() != true || readable_)) return;
    if (!readable_ || ended_) call({});
  }

  void on_close() { call(outcome_of_close()); }

  Error outcome_of_close() const {
    if (const Error& error = stream()->errored()) return error;
    if ((readable_ && !ended_ && reads() && !looks_ended()) ||
        (writable_ && !finished_ && !looks_finished()))
      return Errc::stream_premature_close;
    return {};
  }

  // Where the stream is over already: how it ended.
  std::optional<Error> outcome_now() const {
    const Stream& stream = *this->stream();
    if (stream.closed()) return outcome_of_close();
    const bool is_over =
        stream.core().error_emitted()
            ? !will_emit_close_
            : (!readable_ && (!will_emit_close_ || is_readable() == true) &&
               (finished_ || is_writable() == false) && !has_pending_callbacks()) ||
                  (!writable_ && (!will_emit_close_ || is_writable() == true) &&
                   (ended_ || is_readable() == false));
    if (!is_over) return std::nullopt;
    return stream.errored();
  }

  void call(const Error& error) {
    signal_.reset();
    if (Callback callback = std::exchange(callback_, nullptr)) callback(error);
  }

  void abort() {
    const Ref<FinishedWatch> self(this);  // its listeners may be all that keeps it
    Callback callback = std::exchange(callback_, nullptr);
    clean_up();
    if (callback) callback(Errc::aborted);
  }

  Ref<Lifeline> stream_;
  Callback callback_;
  bool readable_;
  bool writable_;
  bool will_emit_close_;
  bool finished_;
  bool ended_;
  std::vector<ListenerId> listeners_;
  std::optional<StopListener> signal_;
};

}  // namespace internal

FinishedCleanup::FinishedCleanup(Ref<internal::FinishedWatch> watch) noexcept
    : watch_(std::move(watch)) {}
FinishedCleanup::FinishedCleanup(FinishedCleanup&&) noexcept = default;
FinishedCleanup& FinishedCleanup::operator=(FinishedCleanup&&) noexcept = default;
FinishedCleanup::~FinishedCleanup() = default;

void FinishedCleanup::operator()() { watch_->clean_up(); }

FinishedCleanup finished(Stream& stream, FinishedOptions options, Callback callback) {
  internal::require_function(callback, "callback");
  auto watch = make_ref<internal::FinishedWatch>(stream, options, std::move(callback));
  watch->start(options);
  return FinishedCleanup(std::move(watch));
}

FinishedCleanup finished(Stream& stream, Callback callback) {
  return finished(stream, FinishedOptions{}, std::move(callback));
}

}  // namespace weir
