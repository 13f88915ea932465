// Finds the ends of records in the chunks of a write, as pure functions.
#pragma once

#include <weir/fs/rotating_stream.h>
#include <weir/stream/chunk.h>

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace weir::fs {

inline constexpr std::size_t kNoRecordEnd = std::numeric_limits<std::size_t>::max();

// The first record end at `from` or later, but not at 0; kNoRecordEnd: there is none.
// REQUIRES: the chunks are in memory.
std::size_t record_end_from(std::span<const Chunk> chunks, RecordEnd kind, std::size_t from);

// The last record end at `upto` or before; 0: there is none.
// REQUIRES: the chunks are in memory.
std::size_t record_end_upto(std::span<const Chunk> chunks, RecordEnd kind, std::size_t upto);

// True if the chunks end with a record, or are empty.
bool ends_with_record(std::span<const Chunk> chunks, RecordEnd kind);

std::size_t total_length(std::span<const Chunk> chunks);

// Removes the first `length` bytes from the chunks and returns them. REQUIRES: as many are there.
std::vector<Chunk> take_front(std::vector<Chunk>& chunks, std::size_t length);

}  // namespace weir::fs
