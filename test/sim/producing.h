// sim/producing.h - Producing: a Producer that feeds a Writer, and the rules that it must keep.
//
// The threads are simulated: each is a handle of the Producer, and runs where the life lets it run,
// even in the middle of a system call of the loop's thread. None runs beside another one; that is
// for the tests of the layer `thread`.
//
// - An accepted record arrives whole, after those that were accepted before it. It is written, or
//   lost because the stream is over.
// - A record is refused only if it does not fit, if others wait, or if the Producer has ended.
// - The queue holds at most the capacity.
#pragma once

#include "sim/world.h"
#include "sim/writer.h"
#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/thread/producer.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::sim {

class Producing {
 public:
  enum class Way : std::uint8_t { write, attempt, await };

  // `is_observed`: the life has a handle of its own to the end, for the counts. Otherwise the last
  // thread that leaves ends the Producer.
  // REQUIRES: the Writer has accepted nothing, and no pipe feeds it.
  Producing(World& world, std::shared_ptr<Writer> writer, const ProducerOptions& options,
            std::size_t threads, bool is_observed);
  ~Producing();

  Writer& writer() const noexcept { return *writer_; }
  std::size_t capacity() const noexcept { return options_.capacity; }
  bool ends_stream() const noexcept { return options_.end; }

  // Its stream's bytes go to a peer, and have not gone yet.
  bool waits_for_peer() const noexcept {
    const Writable& stream = writer_->stream();
    return writer_->is_socket() && !stream.destroyed() && stream.writable_length() > 0;
  }

  // --- What a thread does. A thread whose record waits can only give it up. ---

  void record(std::size_t thread, std::size_t size, Way way);
  // The record that came last, if it waits.
  void give_up();
  // Destroys its handle.
  void leave(std::size_t thread);
  // From any of the handles.
  void end();
  // What the program does last: each thread leaves.
  void leave_all();

  // --- The rules. ---

  void check();
  // Of a queue that can do no more.
  void check_idle();
  // Of the end: no record is queued. In calm weather, none is lost.
  void check_over(bool is_calm);

 private:
  class Waiting;
  struct Thread;

  // accepted, refused or waiting; empty: the record is too large, or its thread would block.
  std::optional<internal::Offer> hand_over(Thread& thread, const std::string& record, Way way);
  void check_answer(const Producer& handle, std::size_t size, Way way,
                    const std::optional<internal::Offer>& answer);
  void on_settled(const Error& refusal, std::size_t end, std::size_t size);
  void accept(std::size_t end);

  World& world_;
  std::shared_ptr<Writer> writer_;
  ProducerOptions options_;
  std::optional<Producer> observer_;
  std::vector<Thread> threads_;
  std::vector<std::size_t> ends_;  // of the accepted records, in the Writer's bytes
  std::uint64_t dropped_ = 0;
  std::size_t waiting_ = 0;
  bool is_leaving_ = false;
};

}  // namespace weir::sim
