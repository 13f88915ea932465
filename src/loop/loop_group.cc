#include <weir/loop/loop_group.h>

#include <weir/base/error.h>

#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <uv.h>

namespace weir {
namespace {

// The first exception of any loop.
class FirstException {
 public:
  void keep(std::exception_ptr exception) noexcept {
    const std::lock_guard lock(mutex_);
    if (!first_) first_ = std::move(exception);
  }
  // REQUIRES: no other thread uses this.
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr first_;
};

}  // namespace

LoopGroup::LoopGroup(std::size_t loops)
    : size_(loops != 0 ? loops : uv_available_parallelism()),
      loops_(std::make_unique<Loop[]>(size_)) {}

LoopGroup::~LoopGroup() = default;

void LoopGroup::run() {
  FirstException first;
  const auto run_one = [&](Loop& loop) noexcept {
    try {
      loop.run();
    } catch (...) {
      first.keep(std::current_exception());
      stop();
    }
  };
  run_.fetch_add(1, std::memory_order_relaxed);
  {
    std::vector<std::jthread> threads;  // joined after the others may end
    std::vector<Loop::KeepAlive> running;
    for (std::size_t i = 1; i < size_; ++i) running.emplace_back(loops_[i]);
    try {
      for (std::size_t i = 1; i < size_; ++i)
        threads.emplace_back([&run_one, &loop = loops_[i]] { run_one(loop); });
      run_one(loops_[0]);
    } catch (const std::system_error& error) {
      first.keep(std::make_exception_ptr(Error::system(error.code().value(), "pthread_create")));
      stop();
    }
  }
  run_.fetch_add(1, std::memory_order_relaxed);
  first.rethrow();
}

void LoopGroup::stop() {
  const std::uint64_t run = run_.load(std::memory_order_relaxed);
  if (run % 2 == 0) return;
  for (Loop& loop : *this)
    loop.post([this, run, &loop] {
      if (run == run_.load(std::memory_order_relaxed)) loop.stop();
    });
}

}  // namespace weir
