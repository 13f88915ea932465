#include <weir/stream/pipeline.h>

#include "stream/ticks.h"
#include <weir/stream/finished.h>
#include <weir/stream/internal/stop_listener.h>

#include <optional>
#include <utility>

namespace weir {
namespace internal {

// Node's lib/internal/streams/pipeline.js for streams. It adds its listeners in Node's order,
// because that decides the order of events.
class Pipeline final : public RefCounted {
 public:
  Pipeline(std::vector<PipelineStage> stages, Callback callback)
      : stages_(std::move(stages)), callback_(std::move(callback)) {}

  void start(const PipelineOptions& options) {
    const Ref<Pipeline> self(this);
    try {
      join_all(options);
    } catch (...) {
      stages_.clear();  // their listeners own this
      throw;
    }
    stages_.clear();
  }

 private:
  void join_all(const PipelineOptions& options) {
    const Ref<Pipeline> self(this);
    if (options.signal.stop_possible() && !options.signal.stop_requested())
      stop_.emplace(last().ticks(), options.signal, [this] {
        const Ref<Pipeline> alive(this);
        fail(Errc::aborted);
      });
    if (!options.destroy_source)
      spared_.emplace(SparedSource{.source = stages_[0].stream->core().lifeline(),
                                   .destination = stages_[1].stream->core().lifeline()});
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const bool is_last = i + 1 == stages_.size();
      if (!is_last && stages_[i + 1].stream->destroyed()) throw Error(Errc::stream_unable_to_pipe);
      const bool is_spared = spared_ && i == 0;
      watch(*stages_[i].stream, i > 0, !is_last, !is_spared && (!is_last || options.end));
      if (i > 0) join(i - 1, !is_last || options.end);
    }
    if (options.signal.stop_requested())
      last().core().next_tick([self] { self->fail(Errc::aborted); });
  }

  // Destroys one of the streams unless it has finished.
  struct Destroyer final : RefCounted {
    Ref<Lifeline> stream;
    bool finished = false;

    void destroy(const Error& error) {
      if (std::exchange(finished, true)) return;
      Stream* const target = stream->stream;
      if (!target || target->destroyed()) return;
      target->destroy(error);
    }
  };

  // The first stream, if a failure of another one does not destroy it.
  struct SparedSource {
    Ref<Lifeline> source;
    Ref<Lifeline> destination;
    ListenerId on_error = ListenerId::none;
    ListenerId on_end = ListenerId::none;
    Function<void()> stop_waiting = {};  // until `finished` has called back
  };

  Stream& last() const noexcept { return *stages_.back().stream; }

  static bool is_readable(const Stream& stream) {
    const ReadSide* const side = stream.read_side();
    return side && side->readable();
  }

  template <class Event, class F>
  static ListenerId listen(Stream& stream, F call,
                           ListenerTable::Times times = ListenerTable::Times::always) {
    return stream.listeners().add(
        &kEventKey<Event>,
        [call = std::move(call)](const void* event) mutable {
          call(*static_cast<const Event*>(event));
        },
        ListenerTable::Place::last, times);
  }

  void watch(Stream& stream, bool writing, bool reading, bool ends) {
    const Ref<Pipeline> self(this);
    // A program may continue to read the last stream: removes the pipeline's listeners from it.
    const bool cleans_up = !reading && is_readable(stream);
    if (ends) {
      auto destroyer = make_ref<Destroyer>();
      destroyer->stream = stream.core().lifeline();
      listen<Close>(stream, [destroyer](const Close&) { destroyer->finished = true; });
      Function<void()> cleanup =
          finished(stream, {.readable = reading, .writable = writing},
                   [destroyer](const Error& error) { destroyer->finished = !error; });
      destroyers_.push_back(std::move(destroyer));
      if (cleans_up) cleanups_.push_back(std::move(cleanup));
    }
    // An error after the last chunk is an error of the pipeline, too.
    const ListenerId on_error = listen<Error>(stream, [self](const Error& error) {
      if (error.code() != Errc::aborted && error.code() != Errc::stream_premature_close)
        self->fail(error);
    });
    if (spared_ && !writing) spared_->on_error = on_error;
    if (cleans_up) {
      last_ = stream.core().lifeline();
      last_error_listener_ = on_error;
    }
  }

  // Node: the function pipe.
  void join(std::size_t index, bool ends) {
    const Ref<Pipeline> self(this);
    Stream& source = *stages_[index].stream;
    Stream& destination = *stages_[index + 1].stream;
    const bool is_last = index + 2 == stages_.size();
    const auto ended = std::make_shared<bool>(false);
    ListenerId on_end = ListenerId::none;

    finish_count_ += 2;
    listen<Close>(destination, [self, ended](const Close&) {
      if (!*ended) self->fail(Errc::stream_premature_close);
    });
    stages_[index].pipe_to_next({.end = false});
    ListenerId on_finish = ListenerId::none;
    if (ends) {
      const auto end = [self, ended, target = destination.core().lifeline()] {
        *ended = true;
        self->note_failed(target);
        if (target->stream) target->stream->write_side()->end({}, {});
      };
      if (source.read_side()->finished() && !source.errored())
        source.core().next_tick(end);
      else
        on_end = listen<End>(source, [end](const End&) { end(); }, ListenerTable::Times::once);
    } else {
      on_finish = expect_end(source, destination);
      on_end = listen<End>(
          source,
          [self, target = destination.core().lifeline()](const End&) { self->note_failed(target); },
          ListenerTable::Times::once);
      finish({});
    }
    Function<void()> stop_waiting =
        finished(source, {.readable = true, .writable = false}, [self, index](const Error& error) {
          if (self->spared_ && index == 0) self->spared_->stop_waiting = nullptr;
          self->finish(error);
        });
    if (spared_ && index == 0) {
      spared_->on_end = on_end;
      spared_->stop_waiting = std::move(stop_waiting);
    }
    // Without `ends`, a success of the destination is not the pipeline's: the source may have more.
    Function<void()> cleanup = finished(destination, {.readable = false, .writable = true},
                                        [self, ends](const Error& error) {
                                          if (ends || error) self->finish(error);
                                        });
    if (!is_last || !is_readable(destination)) return;
    cleanups_.push_back(std::move(cleanup));
    cleanups_.push_back([on_finish, target = destination.core().lifeline()] {
      if (target->stream) target->stream->listeners().remove(on_finish);
    });
  }

  // Without `ends`, a destination that finishes is another's: it is unpiped, and may stay open
  // while the source has more.
  ListenerId expect_end(Stream& source, Stream& destination) {
    const auto check = [self = Ref<Pipeline>(this), from = source.core().lifeline(),
                        into = destination.core().lifeline()] {
      const Stream* const left = from->stream;
      if (!left || left->destroyed() || left->errored() || left->read_side()->finished()) return;
      if (into->stream && !into->stream->destroyed()) self->fail(Errc::stream_premature_close);
    };
    // On the second tick, because an End may be due on the first.
    return listen<Finish>(destination, [check, ticks = ticks_](const Finish&) {
      ticks->next_tick([check, ticks] { ticks->next_tick(check); });
    });
  }

  void note_failed(const Ref<Lifeline>& destination) {
    if (!destination->stream || !destination->stream->errored()) return;
    failed_ = destination;
    failure_ = destination->stream->errored();
  }

  void finish(const Error& error) { finish_all(error, --finish_count_ == 0); }

  // Records the error of a stream for which `finished` has not called back yet.
  void fail(const Error& error) { finish_all(error, false); }

  void finish_all(const Error& error, bool is_final) {
    if (error && (!error_ || error_.code() == Errc::stream_premature_close ||
                  error_.code() == Errc::aborted))
      error_ = error;
    const Ref<Pipeline> self(this);
    if (is_final && !error_) is_final = !await_failed();
    if (!error_ && !is_final) return;
    if (error_ && spared_ && leave_source()) is_final = true;
    for (std::size_t i = 0; i < destroyers_.size(); ++i)
      destroyers_[i]->destroy(error_ ? error_ : stream_destroyed("pipe"));
    destroyers_.clear();
    stop_.reset();
    if (!is_final) return;
    if (!error_) clean_up();
    // Passes on the error as of now: errors of the streams destroyed above come later.
    ticks_->next_tick([self, error = error_] {
      if (Callback callback = std::exchange(self->callback_, nullptr)) callback(error);
    });
  }

  // The Error of a stream that has refused a write comes on a later tick than the End of its
  // source. Waits for it; returns true if there is such a stream. A stream that is gone has failed,
  // too.
  bool await_failed() {
    error_ = failure_;
    const Ref<Lifeline> failed = std::exchange(failed_, nullptr);
    if (!failed || !failed->stream) return false;
    finish_count_ = 1;
    finished(*failed->stream,
             [self = Ref<Pipeline>(this)](const Error& error) { self->finish(error); });
    return true;
  }

  // Separates the pipeline from a source that is not over. Returns true if it was the last stream
  // that the pipeline waited for.
  bool leave_source() {
    SparedSource spared = *std::exchange(spared_, std::nullopt);
    Stream* const source = spared.source->stream;
    if (!spared.stop_waiting || !source || source->destroyed() || source->errored()) return false;
    spared.stop_waiting();
    source->listeners().remove(spared.on_error);
    source->listeners().remove(spared.on_end);
    if (spared.destination->stream)
      unpipe(*source, *source->read_side(), *spared.destination->stream);
    return --finish_count_ == 0;
  }

  void clean_up() {
    for (Function<void()>& cleanup : cleanups_) cleanup();
    if (last_ && last_->stream) last_->stream->listeners().remove(last_error_listener_);
  }

  std::vector<PipelineStage> stages_;  // empty once they are joined
  Callback callback_;
  TickQueue* ticks_ = &stages_.back().stream->ticks();
  std::vector<Ref<Destroyer>> destroyers_;
  std::vector<Function<void()>> cleanups_;
  Ref<Lifeline> last_;
  Ref<Lifeline> failed_;  // a destination that had failed when its source ended,
  Error failure_;         // with this
  ListenerId last_error_listener_ = ListenerId::none;
  std::optional<StopListener> stop_;
  std::optional<SparedSource> spared_;
  Error error_;
  int finish_count_ = 0;
};

void start_pipeline(std::vector<PipelineStage> stages, const PipelineOptions& options,
                    Callback callback) {
  require_function(callback, "callback");
  make_ref<Pipeline>(std::move(stages), std::move(callback))->start(options);
}

}  // namespace internal

void pipeline(Ref<Readable> source, std::vector<Ref<Duplex>> between, Ref<Writable> destination,
              Callback callback, const PipelineOptions& options) {
  std::vector<internal::PipelineStage> stages;
  Ref<Readable> from = std::move(source);
  for (Ref<Duplex>& duplex : between) {
    stages.push_back(internal::stage(from, duplex));
    from = std::move(duplex);
  }
  stages.push_back(internal::stage(from, destination));
  stages.push_back({std::move(destination), {}});
  internal::start_pipeline(std::move(stages), options, std::move(callback));
}

}  // namespace weir
