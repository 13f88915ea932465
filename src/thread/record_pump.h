// Writes the records of a RecordQueue into the stream, on the Loop's thread.
//
// It takes the next records once the stream has completed the ones before and is below its mark, so
// the queue's bound holds for what the stream has, too.
#pragma once

#include "loop/crash_registry.h"
#include "thread/record_queue.h"
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/event/scoped_listeners.h>
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>
#include <weir/stream/internal/write_waiter.h>
#include <weir/stream/writable.h>
#include <weir/thread/producer.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace weir::internal {

// Owns itself until the queue is closed.
class RecordPump final : public WriteWaiter, private LoopShutdownHook, private CrashRecords {
 public:
  RecordPump(Loop& loop, Ref<Writable> stream, Ref<RecordQueue> queue,
             const ProducerOptions& options);

  void start();
  // Continues if nothing is in progress.
  void advance();

 private:
  //   idle      the queue was empty                    advance()
  //   writing   the stream has records                 the callback of the last one -> pausing
  //   syncing   the stream syncs them                  its callback -> pausing
  //   pausing   so that other work of the loop runs    an immediate -> idle
  //   waiting   the stream is at its mark              resume() -> idle
  //   stopped   the queue is closed
  enum class State : std::uint8_t { idle, writing, syncing, pausing, waiting, stopped };

  class CloseListener;

  void resume() override;
  void go_on();
  void write(std::vector<RecordBatch> batches);
  void on_written(const Error& error);
  void sync();
  void on_synced(const Error& error);
  void pause();
  void finish();
  Error reason() const;
  void stop(const Error& reason);
  void stop_on_tick() noexcept;
  std::uint64_t close(const Error& reason);
  void let_go() noexcept override;
  const void* crash_key() const noexcept override { return stream_.get(); }
  void crash_flush(CrashFile& file) noexcept override { queue_->crash_flush(file); }

  Loop& loop_;
  Ref<Writable> stream_;
  const Ref<RecordQueue> queue_;
  const bool ends_stream_;
  State state_ = State::idle;
  std::optional<Loop::KeepAlive> alive_;  // until the queue is closed
  Ref<RecordPump> self_;
  ScopedListeners listeners_;
};

}  // namespace weir::internal
