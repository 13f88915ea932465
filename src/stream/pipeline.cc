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
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const bool is_last = i + 1 == stages_.size();
      if (!is_last && stages_[i + 1].stream->destroyed()) throw Error(Errc::stream_unable_to_pipe);
      const bool is_spared = i == 0 && !options.destroy_source;
      const ListenerId on_error =
          watch(*stages_[i].stream, i > 0, !is_last, !is_spared && (!is_last || options.end));
      if (is_spared) spared_.emplace(SparedSource{.on_error = on_error});
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

  // A stream, and the next one, to which it is piped.
  struct Link final : RefCounted {
    Link(Stream& from, Stream& into, bool is_ending)
        : source(from.core().lifeline()), destination(into.core().lifeline()), ends(is_ending) {}

    const Ref<Lifeline> source;
    const Ref<Lifeline> destination;
    const bool ends;  // End of the source ends the destination
    bool has_ended_destination = false;
    ListenerId on_end = ListenerId::none;
  };

  // The first stream, if a failure of another one does not destroy it.
  struct SparedSource {
    ListenerId on_error;
    // Until `finished` has called back:
    Ref<Link> link = {};
    Function<void()> stop_waiting = {};
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

  // Returns the Error listener.
  ListenerId watch(Stream& stream, bool writing, bool reading, bool ends) {
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
    if (cleans_up) remove_after_success(stream, on_error);
    return on_error;
  }

  void remove_after_success(Stream& stream, ListenerId listener) {
    cleanups_.push_back([listener, lifeline = stream.core().lifeline()] {
      if (lifeline->stream) lifeline->stream->listeners().remove(listener);
    });
  }

  // Node: the function pipe.
  void join(std::size_t index, bool ends) {
    const Ref<Pipeline> self(this);
    Stream& source = *stages_[index].stream;
    Stream& destination = *stages_[index + 1].stream;
    const auto link = make_ref<Link>(source, destination, ends);

    finish_count_ += 2;
    listen<Close>(destination, [self, link](const Close&) {
      if (!link->has_ended_destination) self->fail(Errc::stream_premature_close);
    });
    stages_[index].pipe_to_next({.end = false});
    const ListenerId on_finish =
        listen<Finish>(destination, [self, link](const Finish&) { self->on_finish(link); });
    if (ends && source.read_side()->finished() && !source.errored())
      source.core().next_tick([self, link] { self->on_end(*link); });
    else
      link->on_end = listen<End>(
          source, [self, link](const End&) { self->on_end(*link); }, ListenerTable::Times::once);
    if (!ends) finish({});
    Function<void()> stop_waiting =
        finished(source, {.readable = true, .writable = false}, [self, index](const Error& error) {
          if (self->spared_ && index == 0) self->spared_->stop_waiting = nullptr;
          self->finish(error);
        });
    if (spared_ && index == 0) {
      spared_->link = link;
      spared_->stop_waiting = std::move(stop_waiting);
    }
    // Without `ends`, a success of the destination is not the pipeline's: the source may have more.
    Function<void()> cleanup = finished(destination, {.readable = false, .writable = true},
                                        [self, ends](const Error& error) {
                                          if (ends || error) self->finish(error);
                                        });
    const bool is_last = index + 2 == stages_.size();
    if (!is_last || !is_readable(destination)) return;
    cleanups_.push_back(std::move(cleanup));
    remove_after_success(destination, on_finish);
  }

  void on_end(Link& link) {
    Stream* const destination = link.destination->stream;
    if (!destination) return;
    if (destination->errored()) {
      failed_ = link.destination;
      failure_ = destination->errored();
    }
    if (!link.ends) return;
    link.has_ended_destination = true;
    destination->write_side()->end({}, {});
  }

  // Of a destination that the pipeline or the program has ended, and that is unpiped now.
  void on_finish(const Ref<Link>& link) {
    Stream* const source = link->source->stream;
    if (!source) return;
    // An End that is due comes on the next tick, so it is over on the one after. The ticks keep the
    // source alive.
    source->core().next_tick([self = Ref<Pipeline>(this), link, source] {
      source->core().next_tick([self, link] { self->after_finish(*link); });
    });
  }

  // If the source has not emitted End by now, the program has ended the destination, which may stay
  // open. Node waits for it to close.
  void after_finish(const Link& link) {
    Stream& source = *link.source->stream;
    ReadSide& side = *source.read_side();
    if (error_ || source.destroyed() || source.errored() || side.finished()) return;
    const Stream* const destination = link.destination->stream;
    const bool is_closing =
        destination && destination->destroyed() && destination->core().emits_close();
    if (is_closing) return;
    const bool has_more = !side.ended() || side.length() > 0;
    if (has_more) return fail(Errc::stream_premature_close);
    // Everything was written. The source waited for Drain, and has to be read to emit End.
    static_cast<void>(side.begin_read(0));
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
    if (!error_)
      for (Function<void()>& cleanup : cleanups_) cleanup();
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
    if (!spared.stop_waiting) return false;
    Stream* const source = spared.link->source->stream;
    if (!source || source->destroyed() || source->errored()) return false;
    spared.stop_waiting();
    source->listeners().remove(spared.on_error);
    source->listeners().remove(spared.link->on_end);
    if (Stream* const destination = spared.link->destination->stream)
      unpipe(*source, *source->read_side(), *destination);
    return --finish_count_ == 0;
  }

  std::vector<PipelineStage> stages_;  // empty once they are joined
  Callback callback_;
  TickQueue* ticks_ = &stages_.back().stream->ticks();
  std::vector<Ref<Destroyer>> destroyers_;
  std::vector<Function<void()>> cleanups_;  // after a success
  Ref<Lifeline> failed_;                    // a destination that had failed when its source ended,
  Error failure_;                           // with this
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
