// The way of records into the current block of a RecordQueue, for many threads at once and without
// a lock.
//
//   state    append()                                  on
//   closed   returns false                             open()
//   open     accepts a record that there is room for   close()
//
// A thread enters a lane, copies its record to the lane's memory, and reserves its place in the
// block by an addition to `next_`, the only data that threads share. close() ends the additions,
// enters each lane after its thread, and merges their records into the block.
//
// The additions order the records: one that is accepted before another call begins comes before the
// record of that call, on whichever threads.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace weir::internal {

class RecordIntake {
 public:
  struct Tally {
    std::size_t size = 0;
    std::uint64_t records = 0;

    Tally& operator+=(const Tally& other) noexcept {
      size += other.size;
      records += other.records;
      return *this;
    }
  };

  // From any thread. REQUIRES: the record is not empty.
  bool append(std::string_view record) noexcept;

  // --- With the queue's lock. ---

  // Allocates the memory of the thread's lane.
  void prepare();
  // Accepts records for the bytes of `block` from `size` to `limit`. REQUIRES: it is closed.
  void open(std::byte* block, std::size_t size, std::size_t limit) noexcept;
  // The records since open() are in the block; returns their number.
  Tally close() noexcept;
  // Their number, without closing: with every record that was accepted before this call.
  Tally tally() const noexcept;

  // --- From a signal handler, when the process ends. ---

  // As close(), but for a lane whose thread has crashed.
  Tally crash_close() noexcept;

 private:
  // Consecutive bytes of the block.
  struct Run {
    std::uint32_t offset;
    std::uint32_t size;
  };
  struct Stage {
    std::array<std::byte, std::size_t{32} << 10> bytes;
    std::array<Run, 512> runs;
  };
  struct alignas(64) Lane {
    bool enter() noexcept { return !is_taken.exchange(true, std::memory_order_acquire); }
    void leave() noexcept { is_taken.store(false, std::memory_order_release); }
    bool append(std::string_view record, RecordIntake& intake) noexcept;
    void add_run(std::size_t offset, std::size_t length) noexcept;
    Tally merge_into(std::byte* block) noexcept;

    std::atomic<bool> is_taken = false;  // by the one thread that may use the rest
    std::unique_ptr<Stage> stage;
    std::size_t runs = 0;
    std::atomic<std::size_t> size = 0;  // changed by that thread, read by others
    std::atomic<std::uint64_t> records = 0;
  };
  // A thread in a free lane.
  class Visit;

  static constexpr std::size_t kLanes = 16;
  static constexpr std::uint64_t kClosed = std::uint64_t{1} << 62;

  Tally merge() noexcept;
  void leave_all() noexcept;

  alignas(64) std::atomic<std::uint64_t> next_ = kClosed;
  alignas(64) std::size_t limit_ = 0;  // read by those that have made an addition
  std::byte* block_ = nullptr;
  std::array<Lane, kLanes> lanes_;
};

}  // namespace weir::internal
