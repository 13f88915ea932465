// weir/loop/loop_group.h - LoopGroup: several Loops, each run by a thread of its own.
//
//   weir::LoopGroup loops(4);
//   for (weir::Loop& loop : loops) ...      // create the objects of each loop
//   loops.run();                            // the first loop here, the others on new threads
//
// - Streams, timers and servers stay on their Loop. Work moves between loops as a call
//   (Loop::post), as a coroutine (co::on), or as a BufferTransfer; a connection only as a
//   descriptor, before a stream is made of it.
// - run() returns when the first loop has no work left, and the others have finished theirs: until
//   the first one returns, the others keep running.
// - An exception of any loop stops all of them, and run() throws it.
// - Thread-safe while run() runs: next, for_key, operator[], size, post and stop. Their loops exist
//   until the group's destruction.
// - The destructor destroys the loops, and what is open on them, on the thread that calls it.
#pragma once

#include <weir/loop/loop.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace weir {

class LoopGroup {
 public:
  // 0: a loop for each processor that the process may use.
  // ERRORS: as the constructor of Loop.
  explicit LoopGroup(std::size_t loops = 0);
  LoopGroup(const LoopGroup&) = delete;
  LoopGroup& operator=(const LoopGroup&) = delete;
  ~LoopGroup();

  // Can be called again.
  // ERRORS: throws the first exception that a loop throws; the system's error if a thread cannot be
  // started.
  void run();
  // Ends the present run() as soon as the current callbacks have returned, whatever work is left.
  void stop();

  std::size_t size() const noexcept { return size_; }
  Loop& operator[](std::size_t index) noexcept { return loops_[index]; }
  Loop* begin() noexcept { return loops_.get(); }
  Loop* end() noexcept { return loops_.get() + size_; }

  // The loops in turn.
  Loop& next() noexcept { return (*this)[turn_.fetch_add(1, std::memory_order_relaxed) % size()]; }
  // The same loop for the same key, which may be a hash: neighbouring keys get different loops.
  Loop& for_key(std::uint64_t key) noexcept { return (*this)[key % size()]; }

  // Runs the call on the next loop. As Loop::post.
  void post(Loop::Call call) { next().post(std::move(call)); }

 private:
  const std::size_t size_;
  const std::unique_ptr<Loop[]> loops_;
  std::atomic<std::size_t> turn_ = 0;
  std::atomic<std::uint64_t> run_ = 0;  // odd while run() runs
};

}  // namespace weir
