#include "thread/record_pump.h"

#include "loop/loop_core.h"
#include "loop/loop_local.h"

#include <cstddef>
#include <cstdio>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace weir::internal {
namespace {

constexpr std::size_t kAllBatches = std::numeric_limits<std::size_t>::max();

Warning lost_records(std::uint64_t count, const Error& reason) {
  return {.name = "LostRecordsWarning",
          .message = fmt::format("{} record{} of a Producer will not be written: {}", count,
                                 count == 1 ? "" : "s", reason.what())};
}

}  // namespace

// The listener of Close. A stream that does not emit Close destroys it uncalled when it closes.
class RecordPump::CloseListener {
 public:
  explicit CloseListener(Ref<RecordPump> pump) noexcept : pump_(std::move(pump)) {}
  CloseListener(CloseListener&&) noexcept = default;
  CloseListener& operator=(CloseListener&&) = delete;
  ~CloseListener() {
    if (pump_) pump_->stop_on_tick();
  }
  void operator()() { pump_->stop(pump_->reason()); }

 private:
  Ref<RecordPump> pump_;
};

RecordPump::RecordPump(Loop& loop, Ref<Writable> stream, Ref<RecordQueue> queue,
                       const ProducerOptions& options)
    : LoopShutdownHook(loop.ticks()),
      loop_(loop),
      stream_(std::move(stream)),
      queue_(std::move(queue)),
      ends_stream_(options.end) {
  if (options.keep_running) alive_.emplace(loop);
}

void RecordPump::start() {
  self_ = Ref<RecordPump>(this);
  queue_->connect(*this);
  loop_local<CrashRegistry>(loop_).add(*this);
  if (!stream_->writable()) return stop(reason());
  listeners_.on<Close>(*stream_, CloseListener(self_));
}

void RecordPump::advance() {
  if (state_ != State::idle) return;
  const Ref<RecordPump> self(this);
  if (!stream_->writable()) return stop(reason());
  if (stream_->writable_need_drain()) {
    state_ = State::waiting;
    return await_room(*stream_, self);
  }
  // A batch that exceeds max_buffered is refused alone, so no later one may be written with it.
  const bool has_limit = stream_->writable_max_buffered().has_value();
  RecordQueue::Taken taken = queue_->take(has_limit ? 1 : kAllBatches);
  if (!taken.batches.empty()) return write(std::move(taken.batches));
  if (taken.needs_sync) return sync();
  if (taken.fell_asleep) loop_.core().mailbox()->release();
  if (taken.is_ended) finish();
}

void RecordPump::resume() { go_on(); }

void RecordPump::go_on() {
  if (state_ == State::stopped) return;
  state_ = State::idle;
  advance();
}

void RecordPump::write(std::vector<RecordBatch> batches) {
  state_ = State::writing;
  try {
    const bool is_corked = batches.size() > 1;
    if (is_corked) stream_->cork();
    for (RecordBatch& batch : batches) {
      const auto bytes = batch.bytes();
      auto buffer = Buffer::adopt(ByteSpan(bytes),
                                  [queue = queue_, block = std::move(batch.block)]() mutable {
                                    queue->recycle(std::move(block));
                                  });
      if (&batch != &batches.back())
        stream_->write(std::move(buffer));
      else
        stream_->write(std::move(buffer), [self = Ref<RecordPump>(this)](const Error& error) {
          self->on_written(error);
        });
    }
    if (is_corked) stream_->uncork();
  } catch (...) {  // of the sink, which will not complete the write
    stop(Error::from_current_exception());
    throw;
  }
}

void RecordPump::on_written(const Error& error) {
  if (state_ == State::stopped) return;
  if (error) return stop(stream_->errored() ? stream_->errored() : error);
  queue_->complete();
  pause();
}

void RecordPump::sync() {
  state_ = State::syncing;
  stream_->sync([self = Ref<RecordPump>(this)](const Error& error) { self->on_synced(error); });
}

void RecordPump::on_synced(const Error& error) {
  if (state_ == State::stopped) return;
  if (!error)
    queue_->complete_sync();
  else if (error == Errc::method_not_implemented && !stream_->errored())
    queue_->refuse_syncs(error);
  else
    return stop(stream_->errored() ? stream_->errored() : error);
  pause();
}

void RecordPump::pause() {
  state_ = State::pausing;
  loop_.set_immediate([self = Ref<RecordPump>(this)] { self->go_on(); });
}

void RecordPump::finish() {
  const Ref<Writable> stream = stream_;
  stop(Errc::stream_write_after_end);
  if (ends_stream_) stream->end();
}

Error RecordPump::reason() const {
  if (const Error& error = stream_->errored()) return error;
  if (stream_->writable_ended()) return Errc::stream_write_after_end;
  return stream_destroyed("write");
}

void RecordPump::stop(const Error& reason) {
  const Ref<RecordPump> self(this);
  if (const std::uint64_t lost = close(reason)) loop_.ticks().warn(lost_records(lost, reason));
}

// The stream is removing its listeners now.
void RecordPump::stop_on_tick() noexcept {
  if (state_ == State::stopped || !has_queue() || loop_.ticks().closed()) return;
  loop_.next_tick([self = Ref<RecordPump>(this)] {
    if (self->state_ != State::stopped) self->stop(self->reason());
  });
}

// The number of records that are lost.
std::uint64_t RecordPump::close(const Error& reason) {
  if (state_ == State::stopped) return 0;
  const Ref<RecordPump> self = std::exchange(self_, nullptr);
  state_ = State::stopped;
  leave_registry();
  const RecordQueue::Closed closed = queue_->close(reason);
  if (closed.was_awake) loop_.core().mailbox()->release();
  alive_.reset();
  listeners_.clear();
  stream_ = nullptr;
  return closed.lost;
}

// No tick follows, so the warning is printed here.
void RecordPump::let_go() noexcept {
  const Ref<RecordPump> self(this);
  const Error reason(Errc::aborted, "The Loop was destroyed");
  if (const std::uint64_t lost = close(reason)) {
    const Warning warning = lost_records(lost, reason);
    std::fprintf(stderr, "(weir) %s: %s\n", warning.name.c_str(), warning.message.c_str());
  }
}

}  // namespace weir::internal
