// spdlog's file logger, used by four threads: it writes in place (default), or through its queue
// and one thread ("async"), which blocks when the queue is full.
#include <spdlog/spdlog.h>

#include "peer.h"

#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>

namespace {

constexpr long kThreads = 4;
constexpr std::size_t kQueue = 8192;  // spdlog's own default, in records

std::shared_ptr<spdlog::logger> open(const peer::Job& job) {
  if (job.mode.empty()) return spdlog::basic_logger_mt("w8", job.path, true);
  if (job.mode != "async") throw std::invalid_argument("no such mode: " + job.mode);
  spdlog::init_thread_pool(kQueue, 1);
  return spdlog::basic_logger_mt<spdlog::async_factory>("w8", job.path, true);
}

void threads(const peer::Job& job) {
  auto log = open(job);
  log->set_pattern("%v");
  {
    std::vector<std::jthread> running;
    const long each = job.count / kThreads;
    for (long thread = 0; thread < kThreads; ++thread)
      running.emplace_back([log = log.get(), first = each * thread, each] {
        for (long i = first; i < first + each; ++i) log->info("Line {}", i);
      });
  }
  log.reset();
  spdlog::shutdown();  // writes the queue and closes the file
}

}  // namespace

int main(int argc, char** argv) { return peer::run(argc, argv, "spdlog", {.threads = threads}); }
