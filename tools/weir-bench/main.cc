// weir-bench - one measurement of one workload, as a line of JSON.
#include "weir-bench/workload.h"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/format.h>

namespace {

constexpr int kNoSuchWorkload = 77;
constexpr int kUsage = 2;
constexpr std::size_t kKibibyte = 1024;

void run(const bench::Arguments& arguments) {
  const std::string& name = arguments.workload;
  if (name == "w1") return bench::write_lines(arguments);
  if (name == "w1-print") return bench::print_lines_on_drain(arguments);
  if (name == "w1-coro") return bench::print_lines_in_coroutine(arguments);
  if (name == "w2-16k") return bench::write_bulk(arguments, 16 * kKibibyte);
  if (name == "w2-64k") return bench::write_bulk(arguments, 64 * kKibibyte);
  if (name == "w3") return bench::copy_file(arguments);
  if (name == "w4-sync" || name == "w4-tick") return bench::write_null(arguments);
  if (name == "w5-bulk" || name == "w5-msg") return bench::send(arguments);
  if (name == "w5-recv") return bench::receive(arguments);
  if (name == "w6-hello" || name == "w6-stream" || name == "w6-file")
    return bench::serve(arguments);
  if (name == "w7") return bench::write_many(arguments);
  if (name == "w8") return bench::write_from_threads(arguments);
  if (name == "w8-record") return bench::time_records(arguments);
  if (name == "w9" || name == "w9-low") return bench::write_overlapped(arguments);
  if (name == "pipe" || name == "pipe-through") return bench::pipe_memory(arguments);
  throw bench::NoSuchWorkload();
}

constexpr std::string_view kHelp =
    "usage: weir-bench WORKLOAD N HWM [in-place|pool]\n"
    "Run one workload with weir's streams and print its figures as a line of JSON.\n"
    "  w1                Write N lines to $BENCH_OUT\n"
    "  w1-print, w1-coro  The same with print(): a function that Drain calls, and a coroutine\n"
    "  w2-16k, w2-64k    Write N chunks to $BENCH_OUT\n"
    "  w3                Pipe $BENCH_SRC to $BENCH_OUT; in-place, pool: without the fast path\n"
    "  w4-sync, w4-tick  Write N chunks to a sink that drops them, at once or on the next tick\n"
    "  w5-bulk, w5-msg   Send N chunks of 64 KiB, or messages of 100 bytes, to port $BENCH_PORT\n"
    "  w5-recv           Receive from port $BENCH_PORT to the end\n"
    "  w6-hello, w6-stream, w6-file  Serve HTTP on port $BENCH_PORT until SIGTERM\n"
    "  w7                Write lines to $BENCH_DIR/many/0 ... N-1\n"
    "  w8                Print N lines to $BENCH_OUT from four threads\n"
    "  w8-record         Time each of N lines that one thread prints to $BENCH_OUT\n"
    "  w9, w9-low        Write N chunks that take as long to produce, to $BENCH_OUT; w9-low: with "
    "a\n"
    "                    low-water mark of half the mark\n"
    "  pipe              Pipe N chunks of 64 KiB from memory to a sink that drops them\n"
    "  pipe-through      The same through a PassThrough\n"
    "HWM: the high-water mark in bytes; 0: the default.\n"
    "in-place: write files on the loop's thread (default); pool: on the thread pool.\n";

template <class Number>
bool read(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  return std::from_chars(text.data(), end, number) == std::from_chars_result{end, {}} &&
         number >= 0;
}

// Uses no parser library: its memory would be part of the measurement.
std::optional<bench::Arguments> read(std::span<char*> words) {
  std::int64_t mark = 0;
  bench::Arguments arguments;
  if (words.size() < 4 || words.size() > 5) return std::nullopt;
  if (!read(words[2], arguments.count) || !read(words[3], mark)) return std::nullopt;
  arguments.workload = words[1];
  if (mark > 0) arguments.high_water_mark = mark;
  if (words.size() == 5) arguments.mode = words[4];
  if (words.size() == 5 && arguments.mode != "in-place" && arguments.mode != "pool")
    return std::nullopt;
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span words(argv, static_cast<std::size_t>(argc));
  if (words.size() == 2 && words[1] == std::string_view("--help")) {
    fmt::print("{}", kHelp);
    return 0;
  }
  const auto arguments = read(words);
  if (!arguments) {
    fmt::print(stderr, "{}", kHelp);
    return kUsage;
  }
  try {
    run(*arguments);
  } catch (bench::NoSuchWorkload) {
    return kNoSuchWorkload;
  } catch (const std::exception& error) {
    fmt::print(stderr, "weir-bench: {}\n", error.what());
    return 1;
  }
  return 0;
}
