#include "thread/record_queue.h"

#include "thread/record_pump.h"
#include <weir/base/assert.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace weir::internal {
namespace {

constexpr std::size_t kBlockSize = std::size_t{64} << 10;
// A critical section takes less than the system calls of a lock that sleeps.
constexpr int kSpins = 200;
// A deadline in the clock's range.
constexpr std::chrono::hours kLongestWait(24 * 365);

}  // namespace

RecordQueue::RecordQueue(std::shared_ptr<Mailbox> mailbox, TickQueue& ticks,
                         const ProducerOptions& options)
    : mailbox_(std::move(mailbox)),
      ticks_(ticks),
      options_(options),
      block_size_(std::min(kBlockSize, options.capacity)) {}

RecordQueue::Lock RecordQueue::lock() const {
  for (int spin = 0; spin < kSpins; ++spin)
    if (mutex_.try_lock()) return {mutex_, std::adopt_lock};
  return Lock(mutex_);
}

void RecordQueue::require_size(std::string_view record) const {
  if (record.size() > options_.capacity) [[unlikely]]
    throw Error(Errc::buffer_too_large,
                fmt::format("A record of {} bytes is larger than the Producer's capacity of {}",
                            record.size(), options_.capacity));
}

// The lock is held, so the state, and with it the TickQueue, does not change.
void RecordQueue::require_other_thread(const char* call) const {
  if (state_ == State::closed || !ticks_.is_current()) return;
  throw Error::named(std::make_error_code(std::errc::resource_deadlock_would_occur), "EDEADLK",
                     fmt::format("{} would block the thread of the Producer's Loop", call));
}

// --- Adding records ---

inline void RecordQueue::copy(std::string_view record) noexcept {
  std::memcpy(current_.block.begin() + current_.size, record.data(), record.size());
  current_.size += record.size();
  ++current_.records;
}

bool RecordQueue::append(std::string_view record) {
  if (state_ != State::open) return false;
  if (record.empty()) return true;
  if (!waiting_.empty()) return false;
  // Another thread may have opened the intake meanwhile. To close it again without need would send
  // every thread here, which would close it again.
  if (intake_.append(record)) return true;
  close_intake();
  intake_.prepare();
  if (!admit(record)) return false;  // the intake is opened when there is room
  open_intake();
  return true;
}

bool RecordQueue::admit(std::string_view record) {
  if (is_full_for(record.size())) return false;
  if (record.size() > current_.block.size() - current_.size) open_block(record.size());
  copy(record);
  return true;
}

void RecordQueue::open_block(std::size_t size) {
  seal();
  if (size > block_size_) {
    current_.block = RecordBlock(size);
  } else if (!spare_.empty()) {
    current_.block = std::move(spare_.back());
    spare_.pop_back();
  } else {
    current_.block = RecordBlock(block_size_);
  }
}

void RecordQueue::seal() {
  if (const std::size_t size = current_.size; size > 0) {
    const std::uint64_t records = current_.records;
    sealed_.emplace_back(std::move(current_));  // may throw, with nothing changed
    sealed_size_ += size;
    sealed_records_ += records;
  }
  current_ = {};
}

// REQUIRES: the intake is closed.
void RecordQueue::open_intake() noexcept {
  if (state_ != State::open || !is_awake_ || !waiting_.empty()) return;
  const std::size_t room = options_.capacity - used();
  const std::size_t limit = std::min(current_.block.size(), current_.size + room);
  if (limit > current_.size) intake_.open(current_.block.begin(), current_.size, limit);
}

void RecordQueue::close_intake() noexcept {
  const RecordIntake::Tally tally = intake_.close();
  current_.size += tally.size;
  current_.records += tally.records;
}

bool RecordQueue::write(std::string_view record) {
  if (appends_at_once(record)) [[likely]]
    return true;
  require_size(record);
  Lock lock = this->lock();
  if (append(record)) {
    if (!is_awake_) wake_pump(std::move(lock));
    return true;
  }
  if (state_ != State::open) return false;
  if (options_.when_full == WhenFull::drop) {
    ++dropped_;
    return false;
  }
  require_other_thread("write");
  return block_for(lock, record);
}

bool RecordQueue::try_write(std::string_view record) {
  if (appends_at_once(record)) return true;
  require_size(record);
  Lock lock = this->lock();
  if (!append(record)) return false;
  if (!is_awake_) wake_pump(std::move(lock));
  return true;
}

Offer RecordQueue::offer(const Ref<RecordWaiter>& waiter) {
  if (appends_at_once(waiter->record())) return Offer::accepted;
  require_size(waiter->record());
  Lock lock = this->lock();
  if (append(waiter->record())) {
    if (!is_awake_) wake_pump(std::move(lock));
    return Offer::accepted;
  }
  if (state_ != State::open) return Offer::refused;
  waiting_.push_back({waiter->record(), nullptr, waiter});
  return Offer::waiting;
}

Offer RecordQueue::withdraw(const RecordWaiter& waiter) noexcept {
  const Lock lock = this->lock();
  const auto found = std::ranges::find(waiting_, &waiter,
                                       [](const Waiting& waiting) { return waiting.waiter.get(); });
  if (found != waiting_.end()) {
    waiting_.erase(found);
    open_intake();
  }
  return waiter.offer_;
}

bool RecordQueue::block_for(Lock& lock, std::string_view record) {
  Offer result = Offer::waiting;
  waiting_.push_back({record, &result, {}});
  settled_.wait(lock, [&] { return result != Offer::waiting; });
  return result == Offer::accepted;
}

void RecordQueue::wake_pump(Lock lock) {
  is_awake_ = true;
  open_intake();
  lock.unlock();
  mailbox_->keep_alive();
  try {
    mailbox_->post([queue = Ref<RecordQueue>(this)] {
      if (RecordPump* const pump = queue->pump()) pump->advance();
    });
  } catch (...) {  // no memory
    mailbox_->release();
    lock.lock();
    close_intake();
    is_awake_ = false;  // the next record tries again
    throw;
  }
}

// --- Other functions for the threads ---

template <class IsOver>
void RecordQueue::wait(Lock& lock, Timeout timeout, IsOver is_over) {
  if (timeout && *timeout < kLongestWait)
    completed_.wait_for(lock, *timeout, is_over);
  else
    completed_.wait(lock, is_over);
}

std::uint64_t RecordQueue::accepted_size() const noexcept {
  return completed_size_ + used() + intake_.tally().size;
}

bool RecordQueue::flush_and_wait(Timeout timeout) {
  Lock lock = this->lock();
  if (state_ == State::closed) return lost_ == 0;
  const std::uint64_t target = accepted_size();
  const auto is_over = [&] { return completed_size_ >= target || state_ == State::closed; };
  if (!is_over() && !(timeout && *timeout <= timeout->zero())) {
    require_other_thread("flush_and_wait");
    wait(lock, timeout, is_over);
  }
  return completed_size_ >= target;
}

bool RecordQueue::sync_and_wait(Timeout timeout) {
  Lock lock = this->lock();
  if (state_ == State::closed) return lost_ == 0 && synced_size_ == completed_size_;
  const std::uint64_t target = accepted_size();
  const auto is_over = [&] {
    return synced_size_ >= target || sync_refusal_ || state_ == State::closed;
  };
  if (!is_over() && !(timeout && *timeout <= timeout->zero())) {
    require_other_thread("sync_and_wait");
    // Calls that gave up have left theirs, so there may be any number of calls for one target.
    if (sync_targets_.empty() || sync_targets_.back() < target) sync_targets_.push_back(target);
    if (!is_awake_) {
      wake_pump(std::move(lock));
      lock = this->lock();
    }
    wait(lock, timeout, is_over);
  }
  if (sync_refusal_ && state_ != State::closed) throw Error(sync_refusal_);
  return synced_size_ >= target;
}

void RecordQueue::end() noexcept {
  Lock lock = this->lock();
  if (state_ != State::open) return;
  state_ = State::ended;
  error_ = Errc::stream_write_after_end;
  close_intake();
  const std::deque<Waiting> refused = std::exchange(waiting_, {});
  decide(refused, Offer::refused);
  if (!is_awake_)
    wake_pump(std::move(lock));
  else
    lock.unlock();
  settle(refused, Errc::stream_write_after_end);
}

Error RecordQueue::error() const {
  const Lock lock = this->lock();
  return error_;
}

ProducerCounts RecordQueue::counts() const {
  const Lock lock = this->lock();
  const RecordIntake::Tally tally = intake_.tally();
  const std::uint64_t queued = sealed_records_ + current_.records + tally.records;
  return {.accepted = completed_records_ + queued + lost_,
          .written = completed_records_,
          .dropped = dropped_,
          .lost = lost_,
          .queued_bytes = used() + tally.size};
}

void RecordQueue::recycle(RecordBlock block) noexcept {
  if (block.size() != block_size_) return;
  const Lock lock = this->lock();
  if (state_ == State::closed || spare_.size() > options_.capacity / block_size_) return;
  try {
    spare_.push_back(std::move(block));
  } catch (...) {  // NOLINT: no memory, so the block is freed
  }
}

// Blocked threads continue once the lock is released.
void RecordQueue::decide(const std::deque<Waiting>& waiting, Offer result) noexcept {
  for (const Waiting& one : waiting) (one.result ? *one.result : one.waiter->offer_) = result;
  settled_.notify_all();
}

// Without the lock: a waiter posts to its Loop.
void RecordQueue::settle(const std::deque<Waiting>& waiting, const Error& refusal) noexcept {
  for (const Waiting& one : waiting)
    if (one.waiter) one.waiter->settle(refusal);
}

// --- On the Loop's thread ---

RecordQueue::Taken RecordQueue::take(std::size_t most_batches) {
  Taken taken;
  const Lock lock = this->lock();
  if (state_ == State::closed) return taken;
  taken.needs_sync = needs_sync();
  if (taken.needs_sync) return taken;
  close_intake();
  if (sealed_.empty() && current_.size > 0) seal();
  const std::size_t most = std::max<std::size_t>(options_.capacity / 2, 1);
  while (!sealed_.empty() && taken_size_ < most && taken.batches.size() < most_batches) {
    taken_size_ += sealed_.front().size;
    taken_records_ += sealed_.front().records;
    taken.batches.push_back(sealed_.pop_front());
    if (sealed_.empty() && current_.size > 0 && taken_size_ + current_.size <= most) seal();
  }
  if (!taken.batches.empty()) {
    open_intake();
    return taken;
  }
  taken.is_ended = state_ == State::ended;
  taken.fell_asleep = std::exchange(is_awake_, false);
  return taken;
}

void RecordQueue::complete() {
  std::deque<Waiting> accepted;
  {
    const Lock lock = this->lock();
    if (state_ == State::closed) return;
    sealed_size_ -= taken_size_;
    sealed_records_ -= taken_records_;
    completed_size_ += std::exchange(taken_size_, 0);
    completed_records_ += std::exchange(taken_records_, 0);
    close_intake();
    report_dropped();
    while (!waiting_.empty() && admit(waiting_.front().record)) {
      accepted.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    open_intake();
    decide(accepted, Offer::accepted);
    completed_.notify_all();
  }
  settle(accepted, {});
}

// A sync is delayed by records that other threads wait for, so that it serves them as well, up to a
// capacity of records.
bool RecordQueue::needs_sync() const noexcept {
  if (sync_targets_.empty()) return false;
  const std::uint64_t latest = sync_targets_.front() + options_.capacity;
  return completed_size_ >= std::min(sync_targets_.back(), latest);
}

// No record is completed during a sync.
void RecordQueue::complete_sync() {
  const Lock lock = this->lock();
  synced_size_ = completed_size_;
  while (!sync_targets_.empty() && sync_targets_.front() <= synced_size_) sync_targets_.pop_front();
  completed_.notify_all();
}

void RecordQueue::refuse_syncs(const Error& reason) {
  const Lock lock = this->lock();
  sync_refusal_ = reason;
  sync_targets_.clear();
  completed_.notify_all();
}

void RecordQueue::report_dropped() {
  if (options_.dropped_record.empty() || reported_dropped_ == dropped_) return;
  if (!admit(fmt::format(fmt::runtime(options_.dropped_record), dropped_ - reported_dropped_)))
    return;
  reported_dropped_ = dropped_;
  --current_.records;  // counts() has the program's records
}

RecordQueue::Closed RecordQueue::close(Error reason) {
  pump_ = nullptr;
  Closed closed;
  std::deque<Waiting> refused;
  {
    const Lock lock = this->lock();
    state_ = State::closed;
    error_ = reason;
    close_intake();
    lost_ = sealed_records_ + current_.records;
    sealed_.clear();
    sealed_size_ = sealed_records_ = taken_size_ = taken_records_ = 0;
    current_ = {};
    spare_.clear();
    sync_targets_.clear();
    refused = std::exchange(waiting_, {});
    closed = {.lost = lost_, .was_awake = std::exchange(is_awake_, false)};
    decide(refused, Offer::refused);
    completed_.notify_all();
  }
  settle(refused, reason);
  return closed;
}

// --- From a signal handler ---

// A thread that has the lock for long has crashed with it, in the copy of a record, which is not
// accepted yet, or waits for the lane of such a thread. Threads that are alive may take it in
// turns, so the gaps between them are short.
void RecordQueue::crash_flush(CrashFile& file) noexcept {
  constexpr std::int64_t kLongest = 1000;  // milliseconds
  constexpr int kTries = 1000;
  bool is_locked = false;
  for (const std::int64_t end = crash_time() + kLongest; !is_locked && crash_time() < end; nap())
    for (int tries = 0; !is_locked && tries < kTries; ++tries) is_locked = mutex_.try_lock();
  if (state_ == State::open) state_ = State::ended;
  current_.size += intake_.crash_close().size;
  for (std::size_t i = 0; i < sealed_.size(); ++i) file.write(sealed_[i].bytes());
  file.write(current_.bytes());
  if (is_locked) mutex_.unlock();
}

}  // namespace weir::internal
