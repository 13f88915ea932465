// The sink of a standard output stream: writes the bytes that fit at once, and the rest when the
// other end has room.
#pragma once

#include "loop/readiness.h"
#include "stdio/descriptor.h"
#include "stream/chunk_cursor.h"
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>
#include <weir/stdio/output_stream.h>
#include <weir/stream/internal/write_queue.h>
#include <weir/stream/sink.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace weir::internal {

class StandardOutputSink final : public Sink, private LoopShutdownHook {
 public:
  StandardOutputSink(Loop& loop, int fd, BrokenPipe policy);

  // REQUIRES: called once, before any other function.
  void serve(OutputStream& stream) noexcept { stream_ = &stream; }
  const Descriptor& descriptor() const noexcept { return descriptor_; }
  SinkTraits traits(bool gathers) const noexcept;

  // The stream has no user any more: its next end is final.
  void forget_stream() noexcept { afterlife_ = false; }

  // Writes its own bytes and then the queued ones, which it removes from the queue. Returns the
  // number of bytes left.
  std::size_t flush(ByteQueue& queue, Descriptor::Clock::time_point until) noexcept;

  void write(Chunk chunk, Done done) override;
  void writev(Batch batch, Done done) override;
  void final(Done done) override;
  void destroy(Error error, Done done) override;
  std::uint64_t system_calls() const noexcept override { return system_calls_; }

 private:
  // Bytes that the other end has not taken yet.
  struct Unwritten {
    ChunkCursor chunks;
    Done done;  // keeps the stream, and so this sink, alive
  };

  Error put(ChunkCursor& chunks) noexcept;
  std::size_t put_until(ChunkCursor& chunks, Descriptor::Clock::time_point until) noexcept;
  void wait(Unwritten unwritten);
  void on_ready();
  void let_go() noexcept override;

  Loop& loop_;
  Descriptor descriptor_;
  BrokenPipe policy_;
  OutputStream* stream_ = nullptr;
  bool shut_down_ = false;
  bool afterlife_ = true;
  std::uint64_t system_calls_ = 0;
  const Error no_memory_ = Error::system(ENOMEM, "write");  // made while there is some
  std::optional<Unwritten> unwritten_;
  std::optional<Readiness> readiness_;
};

}  // namespace weir::internal
