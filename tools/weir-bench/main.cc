// weir-bench - one measurement of one workload, as a line of JSON.
#include "weir-bench/workload.h"

#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

constexpr int kNoSuchWorkload = 77;
constexpr int kUsage = 2;
constexpr std::size_t kKibibyte = 1024;

void run(const bench::Arguments& arguments) {
  const std::string& name = arguments.workload;
  if (name == "w1") return bench::write_lines(arguments);
  if (name == "w2-16k") return bench::write_bulk(arguments, 16 * kKibibyte);
  if (name == "w2-64k") return bench::write_bulk(arguments, 64 * kKibibyte);
  if (name == "w4-sync" || name == "w4-tick") return bench::write_null(arguments);
  if (name == "w7") return bench::write_many(arguments);
  throw bench::NoSuchWorkload();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs one workload over weir's streams and prints what it took.", "weir-bench");
  bench::Arguments arguments;
  std::int64_t mark = 0;
  app.add_option("WORKLOAD", arguments.workload,
                 "w1: N lines to $BENCH_OUT; w2-16k, w2-64k: N chunks to $BENCH_OUT;\n"
                 "w4-sync, w4-tick: N chunks to a sink that drops them;\n"
                 "w7: lines to $BENCH_DIR/many/0 ... N-1")
      ->required();
  app.add_option("N", arguments.count, "How many")->required()->check(CLI::NonNegativeNumber);
  app.add_option("HWM", mark, "The high water mark in bytes; 0: the usual one")
      ->required()
      ->check(CLI::NonNegativeNumber);
  app.add_option("MODE", arguments.mode, "How files are written")
      ->check(CLI::IsMember({"in-place", "pool"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (mark > 0) arguments.high_water_mark = mark;
  try {
    run(arguments);
  } catch (bench::NoSuchWorkload) {
    return kNoSuchWorkload;
  } catch (const std::exception& error) {
    fmt::print(stderr, "weir-bench: {}\n", error.what());
    return 1;
  }
  return 0;
}
