// SendQueue - a socket's bytes that the system has not taken yet.
//
//   state     contents                                     on
//   empty     no bytes                                     send_ahead()   -> ahead
//                                                          wait()         -> awaited
//   ahead     only writes that were reported as written    wait()         -> awaited
//   awaited   a write whose Done is due                    finish(), drop() -> empty, from either
//
// The caller pushes the chunks of a write, then either reports the write as done at once
// (send_ahead) or leaves its Done in the queue (wait). Each flush() continues with the chunks that
// the last one could not send.
#pragma once

#include "net/descriptor.h"
#include "net/send_ahead_limit.h"
#include "stream/chunk_cursor.h"
#include <weir/stream/done.h>
#include <weir/stream/sink.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

namespace weir::net {

class SendQueue {
 public:
  enum class State : std::uint8_t { empty, ahead, awaited };
  State state() const noexcept {
    if (done_) return State::awaited;
    return ahead_ > 0 ? State::ahead : State::empty;
  }

  // OWNS: the chunks of a write, `bytes` in total. REQUIRES: not awaited; send_ahead or wait
  // follows.
  void push(std::vector<Chunk> chunks, std::size_t bytes);
  // Whether the last write may be reported as written because the system has room for the whole
  // queue; if so, the queue counts it as written. Never with ranges of files.
  bool send_ahead(const Descriptor& descriptor, SendAheadLimit::Time now);
  void wait(Done done) { done_.emplace(std::move(done)); }
  bool has_ranges() const noexcept { return chunks_.has_external(); }

  // Sends until the queue is empty or the system takes no more. Returns errno's value if a send
  // fails.
  enum class Flushed : std::uint8_t { all, part };
  std::expected<Flushed, int> flush(Descriptor& descriptor);

  // Empties the queue: its writes have been sent or have failed. Returns the Done of the last
  // write, if it is due.
  std::optional<Done> finish() noexcept;
  // Empties the queue: unsent bytes are lost. Only writes reported as written count as such.
  std::optional<Done> drop() noexcept;

  // Bytes of writes that are over or were reported as written.
  std::uint64_t bytes_written() const noexcept { return finished_ + ahead_; }
  std::uint64_t bytes_taken() const noexcept { return taken_; }

  // The number of system calls.
  std::uint64_t sends() const noexcept { return sends_; }

 private:
  Descriptor::Result send(Descriptor& descriptor);
  Descriptor::Result send_range(Descriptor& descriptor);
  std::optional<Done> clear() noexcept;

  internal::ChunkCursor chunks_;
  std::size_t size_ = 0;      // bytes of the writes in the queue
  std::size_t ahead_ = 0;     // bytes of these writes that were reported as written
  std::optional<Done> done_;  // of the last write
  SendAheadLimit limit_;
  std::uint64_t finished_ = 0;
  std::uint64_t taken_ = 0;  // by the system
  std::uint64_t sends_ = 0;
};

}  // namespace weir::net
