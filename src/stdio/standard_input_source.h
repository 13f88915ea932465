// The source of standard input: reads available bytes on demand.
#pragma once

#include "loop/readiness.h"
#include "stdio/descriptor.h"
#include "stdio/terminal.h"
#include <weir/base/block.h>
#include <weir/event/tick_queue.h>
#include <weir/loop/loop.h>
#include <weir/stdio/input_stream.h>
#include <weir/stream/source.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace weir::internal {

class StandardInputSource final : public Source, private LoopShutdownHook {
 public:
  StandardInputSource(Loop& loop, int fd);

  // REQUIRES: called once, before any other function.
  void serve(InputStream& stream) noexcept { stream_ = &stream; }
  const Descriptor& descriptor() const noexcept { return descriptor_; }
  RawMode& raw_mode() noexcept { return raw_mode_; }

  // Waits for the other end; this keeps the loop running and the stream alive.
  bool is_waiting() const noexcept { return static_cast<bool>(waiting_); }
  void stop_waiting() noexcept;

  void read(Readable& stream, std::size_t size) override;
  void destroy(Error error, Done done) override;

 private:
  struct Request;

  void read_on_pool(std::size_t size);
  void wait();
  void on_ready();
  Buffer take(std::size_t count);
  void let_go() noexcept override;

  Loop& loop_;
  Descriptor descriptor_;
  RawMode raw_mode_;
  InputStream* stream_ = nullptr;
  Ref<InputStream> waiting_;  // the stream, kept alive while waiting
  bool asked_ = false;        // more data than was pushed is requested
  std::optional<Readiness> readiness_;
  std::optional<Block> room_;
};

}  // namespace weir::internal
