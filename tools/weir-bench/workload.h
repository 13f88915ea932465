// The common parts of weir-bench's workloads: arguments, clock and report.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

struct Arguments {
  std::string workload;
  long count = 0;
  std::optional<std::int64_t> high_water_mark;  // none: weir's own
  std::string mode;                             // of file streams: "", "in-place" or "pool"
};

// Thrown where there is no workload of that name.
struct NoSuchWorkload {};

// One measurement: starts when it is made, and prints its line of JSON when it is reported.
class Measurement {
 public:
  explicit Measurement(const Arguments& arguments) : arguments_(arguments) {}
  void report(std::uint64_t bytes, std::uint64_t operations) const;

 private:
  using Clock = std::chrono::steady_clock;
  const Arguments& arguments_;
  Clock::time_point started_ = Clock::now();
};

// A variable of the environment. ERRORS: throws std::runtime_error where it is not set.
std::string environment(const char* name);

void write_lines(const Arguments& arguments);                    // w1
void print_lines_on_drain(const Arguments& arguments);           // w1-print
void print_lines_in_coroutine(const Arguments& arguments);       // w1-coro
void write_bulk(const Arguments& arguments, std::size_t chunk);  // w2-16k, w2-64k
void copy_file(const Arguments& arguments);                      // w3
void write_null(const Arguments& arguments);                     // w4-sync, w4-tick
void send(const Arguments& arguments);                           // w5-bulk, w5-msg
void receive(const Arguments& arguments);                        // w5-recv
void serve(const Arguments& arguments);                          // w6-hello, w6-stream, w6-file
void write_many(const Arguments& arguments);                     // w7
void write_from_threads(const Arguments& arguments);             // w8
void time_records(const Arguments& arguments);                   // w8-record
void write_overlapped(const Arguments& arguments);               // w9, w9-low

void pipe_memory(const Arguments& arguments);  // pipe, pipe-through

}  // namespace bench
