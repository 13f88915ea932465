#include "thread/record_intake.h"

#include "loop/crash_file.h"

#include <chrono>
#include <cstring>
#include <thread>

namespace weir::internal {
namespace {

// A copy takes less time than a sleep.
constexpr int kLaneSpins = 100;
constexpr std::chrono::microseconds kLanePause(50);
constexpr auto kRelaxed = std::memory_order_relaxed;

// A hint, since any lane will do: threads that meet in one part.
thread_local constinit std::size_t preferred_lane = 0;

}  // namespace

class RecordIntake::Visit {
 public:
  explicit Visit(std::array<Lane, kLanes>& lanes) noexcept : lane_(enter_one(lanes)) {}
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit() { lane_.leave(); }

  Lane* operator->() const noexcept { return &lane_; }

 private:
  static Lane& enter_one(std::array<Lane, kLanes>& lanes) noexcept {
    for (;; std::this_thread::sleep_for(kLanePause))
      for (std::size_t i = 0; i < kLanes; ++i, ++preferred_lane) {
        Lane& lane = lanes[preferred_lane % kLanes];
        if (lane.enter()) [[likely]]
          return lane;
      }
  }

  Lane& lane_;
};

bool RecordIntake::append(std::string_view record) noexcept {
  return Visit(lanes_)->append(record, *this);
}

// The place is reserved last, so a thread that crashes in the copy leaves no gap in the block.
inline bool RecordIntake::Lane::append(std::string_view record, RecordIntake& intake) noexcept {
  if (!stage || runs == stage->runs.size()) return false;
  const std::size_t used = size.load(kRelaxed);
  if (record.size() > stage->bytes.size() - used) return false;
  std::memcpy(stage->bytes.data() + used, record.data(), record.size());
  const std::uint64_t offset = intake.next_.fetch_add(record.size(), std::memory_order_acq_rel);
  // While it is closed, another thread may change the limit.
  if (offset >= kClosed || offset + record.size() > intake.limit_) return false;
  add_run(offset, record.size());
  size.store(used + record.size(), kRelaxed);
  records.store(records.load(kRelaxed) + 1, kRelaxed);
  return true;
}

inline void RecordIntake::Lane::add_run(std::size_t offset, std::size_t length) noexcept {
  Run* const last = stage->runs.data() + runs - 1;
  if (runs > 0 && last->offset + last->size == offset) {
    last->size += static_cast<std::uint32_t>(length);
  } else {
    stage->runs[runs] = {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length)};
    ++runs;
  }
}

RecordIntake::Tally RecordIntake::Lane::merge_into(std::byte* block) noexcept {
  const Tally merged = {.size = size.load(kRelaxed), .records = records.load(kRelaxed)};
  const std::byte* from = stage->bytes.data();
  for (std::size_t i = 0; i < runs; ++i) {
    const Run run = stage->runs[i];
    std::memcpy(block + run.offset, from, run.size);
    from += run.size;
  }
  runs = 0;
  size.store(0, kRelaxed);
  records.store(0, kRelaxed);
  return merged;
}

// --- With the queue's lock ---

void RecordIntake::prepare() {
  const Visit lane(lanes_);
  if (!lane->stage) lane->stage = std::make_unique_for_overwrite<Stage>();
}

void RecordIntake::open(std::byte* block, std::size_t size, std::size_t limit) noexcept {
  block_ = block;
  limit_ = limit;
  next_.store(size, std::memory_order_release);
}

RecordIntake::Tally RecordIntake::close() noexcept {
  if (next_.exchange(kClosed, std::memory_order_acq_rel) >= kClosed) return {};
  // All lanes are entered first. If one is that of a crashed thread, crash_close() merges them all.
  for (Lane& lane : lanes_)
    for (int i = 0; lane.stage && !lane.enter(); ++i)
      if (i >= kLaneSpins) std::this_thread::sleep_for(kLanePause);
  const Tally merged = merge();
  leave_all();
  return merged;
}

RecordIntake::Tally RecordIntake::merge() noexcept {
  Tally merged;
  for (Lane& lane : lanes_)
    if (lane.stage) merged += lane.merge_into(block_);
  return merged;
}

void RecordIntake::leave_all() noexcept {
  for (Lane& lane : lanes_)
    if (lane.stage) lane.leave();
}

RecordIntake::Tally RecordIntake::tally() const noexcept {
  Tally tally;
  for (const Lane& lane : lanes_)
    tally += {.size = lane.size.load(kRelaxed), .records = lane.records.load(kRelaxed)};
  return tally;
}

// --- From a signal handler ---

RecordIntake::Tally RecordIntake::crash_close() noexcept {
  constexpr std::int64_t kLongest = 1000;  // milliseconds
  next_.store(kClosed);
  const std::int64_t end = crash_time() + kLongest;
  bool has_all = true;
  for (Lane& lane : lanes_) {
    bool is_entered = !lane.stage || lane.enter();
    for (; !is_entered && crash_time() < end; is_entered = lane.enter()) nap();
    has_all = has_all && is_entered;
  }
  const Tally merged = merge();
  if (has_all) leave_all();  // or else a thread in close() would continue
  return merged;
}

}  // namespace weir::internal
