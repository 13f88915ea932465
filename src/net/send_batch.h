// What a socket was given to send, and how far it is sent.
#pragma once

#include <weir/stream/done.h>
#include <weir/stream/sink.h>

#include <cstddef>
#include <optional>
#include <vector>

namespace weir::net {

struct SendBatch {
  std::vector<Chunk> chunks;
  std::size_t size = 0;
  bool has_ranges = false;   // of files
  std::size_t held = 0;      // of these bytes, what the stream takes for written
  std::size_t first = 0;     // chunk that is not sent whole
  std::size_t offset = 0;    // of that, what is sent
  std::optional<Done> done;  // of the writes that are not held

  void add(std::vector<Chunk> more);
  // So many bytes more are sent; lets go of what is.
  void advance(std::size_t count) noexcept;
};

}  // namespace weir::net
