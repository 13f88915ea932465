// The queue between the threads of a Producer and the RecordPump on the Loop's thread.
//
//   state     records                             on
//   open      are accepted                        end(): no Producer is left, or it was called
//   ended     are refused; queued ones are written  close(): all is written, or cannot be
//   closed    are refused; none is queued
//
//   pump      wake-up                             on
//   asleep    is due with the next record         wake_pump()
//   awake     is not due: the pump asks again     take() that returns nothing
//
// A record is copied into the current block through the RecordIntake, without the lock. The intake
// is closed where anything else has to be done: another block, a full queue, waiting records, a
// wake-up, the end. A record that it does not accept takes the lock.
#pragma once

#include "loop/crash_file.h"
#include "loop/mailbox.h"
#include "thread/record_block.h"
#include "thread/record_intake.h"
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/base/ring.h>
#include <weir/event/tick_queue.h>
#include <weir/thread/internal/record_waiter.h>
#include <weir/thread/producer.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::internal {

class RecordPump;

class RecordQueue final : public SharedRefCounted {
 public:
  // The pump's next work.
  struct Taken {
    std::vector<RecordBatch> batches;  // in order; none: there is nothing to write
    bool needs_sync = false;           // instead, of all records so far
    bool is_ended = false;             // no record will follow
    bool fell_asleep = false;
  };

  // REQUIRES: `ticks` exists until close().
  RecordQueue(std::shared_ptr<Mailbox> mailbox, TickQueue& ticks, const ProducerOptions& options);

  // --- From any thread. ---

  void add_handle() noexcept { handles_.fetch_add(1, std::memory_order_relaxed); }
  void remove_handle() noexcept {
    if (handles_.fetch_sub(1, std::memory_order_acq_rel) == 1) end();
  }

  bool write(std::string_view record);
  bool try_write(std::string_view record);
  Offer offer(const Ref<RecordWaiter>& waiter);
  Offer withdraw(const RecordWaiter& waiter) noexcept;
  // Without a timeout, both wait until the records are written, or synced, or lost.
  using Timeout = std::optional<std::chrono::nanoseconds>;
  bool flush_and_wait(Timeout timeout);
  bool sync_and_wait(Timeout timeout);
  void end() noexcept;
  Error error() const;
  ProducerCounts counts() const;
  std::size_t capacity() const noexcept { return options_.capacity; }
  // Takes back the memory of a batch.
  void recycle(RecordBlock block) noexcept;

  // --- On the Loop's thread. ---

  void connect(RecordPump& pump) noexcept { pump_ = &pump; }
  RecordPump* pump() const noexcept { return pump_; }
  // At most half the capacity, so that threads fill one half while the stream writes the other; and
  // at most this many batches.
  Taken take(std::size_t most_batches);
  // The stream has written what was taken.
  void complete();
  // The stream has synced all that it had written.
  void complete_sync();
  // It has no sync.
  void refuse_syncs(const Error& reason);
  struct Closed {
    std::uint64_t lost = 0;
    bool was_awake = false;
  };
  Closed close(Error reason);

  // --- From a signal handler, when the process ends. ---

  // Writes the records that the pump has not taken, and refuses later ones.
  void crash_flush(CrashFile& file) noexcept;

 private:
  enum class State : std::uint8_t { open, ended, closed };
  // A record that waits for room: that of a blocked thread, or a coroutine's.
  struct Waiting {
    std::string_view record;
    Offer* result;             // the thread's
    Ref<RecordWaiter> waiter;  // or the coroutine's
  };
  using Lock = std::unique_lock<std::mutex>;

  Lock lock() const;
  void require_size(std::string_view record) const;
  void require_other_thread(const char* call) const;
  bool is_full_for(std::size_t size) const noexcept { return options_.capacity - used() < size; }
  std::size_t used() const noexcept { return sealed_size_ + current_.size; }

  // The part of append() that takes the lock is left to its caller.
  bool appends_at_once(std::string_view record) noexcept {
    return !record.empty() && intake_.append(record);
  }
  bool append(std::string_view record);
  void copy(std::string_view record) noexcept;
  bool admit(std::string_view record);
  void open_block(std::size_t size);
  void seal();
  void open_intake() noexcept;
  void close_intake() noexcept;
  void report_dropped();
  bool block_for(Lock& lock, std::string_view record);
  void wake_pump(Lock lock);
  template <class IsOver>
  void wait(Lock& lock, Timeout timeout, IsOver is_over);
  std::uint64_t accepted_size() const noexcept;
  bool needs_sync() const noexcept;
  void decide(const std::deque<Waiting>& waiting, Offer result) noexcept;
  static void settle(const std::deque<Waiting>& waiting, const Error& refusal) noexcept;

  const std::shared_ptr<Mailbox> mailbox_;
  TickQueue& ticks_;  // not to be used once closed
  const ProducerOptions options_;
  const std::size_t block_size_;
  RecordPump* pump_ = nullptr;  // used on the Loop's thread, until close()
  std::atomic<std::size_t> handles_ = 1;

  RecordIntake intake_;       // of the rest of current_
  mutable std::mutex mutex_;  // of all that follows
  RecordBatch current_;       // without the intake's records
  State state_ = State::open;
  bool is_awake_ = false;
  Ring<RecordBatch> sealed_;
  std::size_t sealed_size_ = 0;  // with the batches that the pump has
  std::uint64_t sealed_records_ = 0;
  std::size_t taken_size_ = 0;  // of the batches that the pump has
  std::uint64_t taken_records_ = 0;
  std::deque<Waiting> waiting_;
  std::vector<RecordBlock> spare_;
  std::uint64_t completed_size_ = 0;
  std::uint64_t completed_records_ = 0;
  std::deque<std::uint64_t> sync_targets_;  // sizes that threads wait for, in ascending order
  std::uint64_t synced_size_ = 0;
  Error sync_refusal_;
  std::uint64_t dropped_ = 0;
  std::uint64_t reported_dropped_ = 0;
  std::uint64_t lost_ = 0;
  Error error_;
  std::condition_variable settled_;    // the result of a blocked thread
  std::condition_variable completed_;  // for flush_and_wait and sync_and_wait
};

}  // namespace weir::internal
