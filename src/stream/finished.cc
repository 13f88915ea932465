#include <weir/stream/finished.h>

#include "stream/ticks.h"
#include <weir/stream/basic_writable.h>
#include <weir/stream/internal/stop_listener.h>

#include <utility>
#include <vector>

namespace weir {
namespace internal {

// Node's lib/internal/streams/end-of-stream.js for a stream that is only writable.
class FinishedWatch final : public RefCounted {
 public:
  FinishedWatch(WritableBase& stream, const FinishedOptions& options, Callback callback)
      : stream_(stream.core().lifeline()),
        callback_(std::move(callback)),
        readable_(options.readable.value_or(false)),
        writable_(options.writable.value_or(true)) {
    const StreamCore& core = stream.core();
    will_emit_close_ =
        core.auto_destroys() && core.emits_close() && !core.closed() && !readable_ && writable_;
    finished_ = looks_finished();
  }

  void start(const FinishedOptions& options) {
    WritableBase& stream = *this->stream();
    const Ref<FinishedWatch> self(this);
    listeners_ = {stream.on<Finish>([self] { self->on_finish(); }),
                  options.error
                      ? stream.on<Error>([self](const Error& error) { self->call(error); })
                      : ListenerId::none,
                  stream.on<Close>([self] { self->on_close(); })};
    if (stream.closed()) {
      stream.core().next_tick([self] { self->on_close(); });
    } else if (stream.core().error_emitted()) {
      if (!will_emit_close_) stream.core().next_tick([self] { self->on_closed(); });
    } else if (!readable_ && !will_emit_close_ && (finished_ || !stream.writable()) &&
               !stream.side().has_pending_callbacks()) {
      stream.core().next_tick([self] { self->on_closed(); });
    }
    if (!options.signal.stop_possible() || stream.closed()) return;
    if (options.signal.stop_requested())
      stream.core().next_tick([self] { self->abort(); });
    else
      // Not with a Ref: it is the watch's own, and would keep it where the stop never comes.
      signal_.emplace(stream.ticks(), options.signal, [this] { abort(); });
  }

  void clean_up() {
    callback_ = nullptr;
    signal_.reset();
    if (!stream_->stream) return;
    for (const ListenerId id : std::exchange(listeners_, {})) stream()->off(id);
  }

 private:
  WritableBase* stream() const { return static_cast<WritableBase*>(stream_->stream); }

  // Finish was emitted, or will be for want of anything left to do.
  bool looks_finished() const {
    const WriteSide& side = stream()->side();
    if (side.finished()) return true;
    return !stream()->errored() && side.end_returned() && side.length() == 0;
  }

  void on_finish() {
    finished_ = true;
    // Destroyed by its user: its Close cannot be counted on.
    if (stream()->destroyed()) will_emit_close_ = false;
    if (!will_emit_close_ && !readable_) call({});
  }

  void on_close() {
    if (const Error& error = stream()->errored()) return call(error);
    if (writable_ && !finished_ && !looks_finished()) return call(Errc::stream_premature_close);
    call({});
  }

  void on_closed() { call(stream()->errored()); }

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

FinishedCleanup finished(WritableBase& stream, FinishedOptions options, Callback callback) {
  auto watch = make_ref<internal::FinishedWatch>(stream, options, std::move(callback));
  watch->start(options);
  return FinishedCleanup(std::move(watch));
}

FinishedCleanup finished(WritableBase& stream, Callback callback) {
  return finished(stream, FinishedOptions{}, std::move(callback));
}

}  // namespace weir
