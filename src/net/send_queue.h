// SendQueue - the bytes that a socket was given and the system has not taken yet.
//
//   state     it has                                       on
//   empty     nothing                                      send_ahead()   -> ahead
//                                                          wait()         -> awaited
//   ahead     only writes that were reported as written    wait()         -> awaited
//   awaited   a write whose Done is due                    finish(), drop() -> empty, from either
//
// Its caller pushes the chunks of a write, and either reports that write as done at once
// (send_ahead) or leaves its Done here (wait). Chunks that flush() could not send are sent by the
// next flush, in their order.
#pragma once

#include "net/descriptor.h"
#include "net/send_ahead_limit.h"
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

  // OWNS: the chunks of a write, which are so many bytes. REQUIRES: not awaited; send_ahead or wait
  // comes next.
  void push(std::vector<Chunk> chunks, std::size_t bytes);
  // Whether the system has room for all that is here, and has it so soon that the last write may be
  // reported as written: it counts as that from now on. Never where there are ranges of files.
  bool send_ahead(const Descriptor& descriptor, SendAheadLimit::Time now);
  void wait(Done done) { done_.emplace(std::move(done)); }
  bool has_ranges() const noexcept;

  // Sends until nothing is left or the system takes no more. Errno's value where a send fails.
  enum class Flushed : std::uint8_t { all, part };
  std::expected<Flushed, int> flush(Descriptor& descriptor);

  // Empties it: the writes in it are over, sent or failed. The Done of the last one, if it is due.
  std::optional<Done> finish() noexcept;
  // Empties it: what was not sent is lost, and was not written unless it was reported so.
  std::optional<Done> drop() noexcept;

  // Of writes that are over or were reported as written.
  std::uint64_t bytes_written() const noexcept { return finished_ + ahead_; }
  std::uint64_t bytes_taken() const noexcept { return taken_; }

 private:
  Descriptor::Result send(Descriptor& descriptor);
  Descriptor::Result send_range(Descriptor& descriptor);
  void advance(std::size_t count) noexcept;
  std::optional<Done> clear() noexcept;

  std::vector<Chunk> chunks_;
  std::size_t size_ = 0;      // of the writes in it
  std::size_t ahead_ = 0;     // of that, what was reported as written
  std::size_t first_ = 0;     // chunk that is not sent whole
  std::size_t offset_ = 0;    // of that chunk, what is sent
  std::optional<Done> done_;  // of the last write
  SendAheadLimit limit_;
  std::uint64_t finished_ = 0;
  std::uint64_t taken_ = 0;  // by the system
};

}  // namespace weir::net
