// The common parts of the C++ peers: command line, clock and report. They follow weir-bench's
// contract: PEER WORKLOAD N HWM [MODE], a path in $BENCH_OUT, exit status 77 for an unknown
// workload.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>

namespace peer {

struct Job {
  std::string path;
  long count;
  std::size_t mark;   // bytes to buffer
  std::string chunk;  // of the bulk workloads
  std::string mode;
};

using Work = void (*)(const Job&);

// The works of a peer; null: it has none.
struct Works {
  Work lines = nullptr;
  Work bulk = nullptr;
  Work threads = nullptr;
};

// VmHWM and not ru_maxrss, which starts at the memory of the process that started this one.
inline long peak_memory_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  return 0;
}

inline void measure(const char* name, const char* workload, const Job& job, Work work) {
  const auto started = std::chrono::steady_clock::now();
  work(job);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
  std::printf(
      R"({"peer":"%s","workload":"%s","seconds":%.6f,"bytes":%ju,"ops":%ld,"peak_rss_kb":%ld})"
      "\n",
      name, workload, seconds.count(), std::filesystem::file_size(job.path), job.count,
      peak_memory_kb());
}

// The main() of a peer. A work opens job.path, writes and closes; its exception is a failure.
inline int run(int argc, char** argv, const char* name, const Works& works) {
  constexpr int kNoSuchWorkload = 77;
  constexpr std::size_t kKibibyte = 1024;
  const char* path = std::getenv("BENCH_OUT");
  if (argc < 4 || argc > 5 || !path) {
    std::fprintf(stderr, "usage: BENCH_OUT=FILE %s WORKLOAD N HWM [MODE]\n", argv[0]);
    return 2;
  }
  try {
    const std::string workload = argv[1];
    Job job{path, std::stol(argv[2]), std::stoul(argv[3]), {}, argc == 5 ? argv[4] : ""};
    if (workload == "w2-16k") job.chunk.assign(16 * kKibibyte, 'x');
    if (workload == "w2-64k") job.chunk.assign(64 * kKibibyte, 'x');
    Work work = nullptr;
    if (workload == "w1") work = works.lines;
    if (!job.chunk.empty()) work = works.bulk;
    if (workload == "w8") work = works.threads;
    if (!work) return kNoSuchWorkload;
    measure(name, argv[1], job, work);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
  return 0;
}

}  // namespace peer
