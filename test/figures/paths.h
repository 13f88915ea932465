// figures/paths.h - the paths whose instructions and allocations are counted (figures.py).
//
//   void an_event(long n) {
//     Bell bell;                                   // not counted
//     measure("an event to two listeners", n, [&] { ... n times ... });
//   }
//
// - Nothing on a path may depend on time, the system's speed or another thread: files are memory,
//   peers are in this program, and a clock that matters stands still.
// - Only the code of this program is counted, which has weir in it: not the C library, whose
//   functions differ with the processor, nor libuv, zlib or {fmt}.
#pragma once

#include <cstddef>
#include <functional>

namespace figures {

// Calls `work` once to warm up and once to be counted, and prints the path's line: allocations,
// operations, name. callgrind collects within this function alone, and writes a file whenever it
// returns.
void measure(const char* name, long operations, const std::function<void()>& work);

// Each measures one path or more.
void count_events();
void count_ticks();
void count_writes();
void count_objects();
void count_reads();
void count_pipes();
void count_files();
void count_compression();
void count_records();
void count_requests();

}  // namespace figures
