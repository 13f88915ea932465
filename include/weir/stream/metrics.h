// weir/stream/metrics.h - the numbers of a stream: Stream::metrics().
//
//   const weir::StreamMetrics numbers = stream->metrics();
//   if (numbers.write->pressure > 1s) fmt::print("the disk is the bottleneck\n");
//
// Lengths and marks are in bytes, or objects. Counts are cumulative, since the stream was created.
// Merged small writes count as one chunk. The clock is read once a turn of the Loop: a period that
// begins and ends in one turn counts as 0. weir/insight exports them for all streams of a Loop.
#pragma once

#include <weir/base/durations.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace weir {

struct WriteMetrics {
  std::size_t high_water_mark;
  std::size_t length;  // now: writable_length()
  std::size_t peak;    // the largest length that a write has left
  std::uint64_t bytes_in;
  std::uint64_t bytes_out;  // completed by the sink
  std::uint64_t chunks_in;
  std::uint64_t chunks_out;  // given to the sink
  std::uint32_t full;        // how often a write() returned false while no Drain was due
  std::uint32_t drains;
  std::chrono::nanoseconds pressure;  // from these false results to Drain
  bool is_under_pressure;

  bool operator==(const WriteMetrics&) const = default;
};

struct ReadMetrics {
  std::size_t high_water_mark;
  std::size_t length;       // now: readable_length()
  std::size_t peak;         // the largest length that a reader has found
  std::uint64_t bytes_in;   // pushed by the source
  std::uint64_t bytes_out;  // read, or emitted
  std::uint64_t chunks_in;
  std::uint64_t chunks_out;
  std::chrono::nanoseconds starvation;  // while the reader waited for the source
  bool is_starved;

  bool operator==(const ReadMetrics&) const = default;
};

struct StreamMetrics {
  std::optional<WriteMetrics> write;
  std::optional<ReadMetrics> read;
  std::uint64_t system_calls;  // of its sink and source, as far as they count them
  // What its source has still to read, if that is known: a consumer's messages in JetStream.
  std::optional<std::uint64_t> lag = {};

  bool operator==(const StreamMetrics&) const = default;
};

}  // namespace weir
