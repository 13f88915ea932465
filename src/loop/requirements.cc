#include "loop/requirements.h"

#include "loop/uv_error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <uv.h>

namespace weir::internal {
namespace {

using Clock = std::chrono::steady_clock;

// libuv's values, see its threadpool.c.
constexpr int kUsualPoolSize = 4;
constexpr int kMostPoolSize = 1024;
constexpr std::size_t kStackSize = std::size_t{8} << 20;

constexpr std::chrono::milliseconds kReleaseTime(100);

// Opens descriptors to test that they are available.
class Trial {
 public:
  Trial() = default;
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial() {
    for (std::size_t i = 0; i < count_; ++i) ::close(opened_[i]);
  }

  void open_pipe() {
    check(::pipe2(&opened_[count_], O_CLOEXEC), "pipe2");
    count_ += 2;
  }
  void open_epoll() { count_one(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"); }
  void open_event() { count_one(::eventfd(0, EFD_CLOEXEC), "eventfd"); }

 private:
  static void check(int result, const char* call) {
    if (result < 0) throw Error::system(errno, call);
  }
  void count_one(int fd, const char* call) {
    check(fd, call);
    opened_[count_++] = fd;
  }

  std::array<int, 8> opened_{};
  std::size_t count_ = 0;
};

constexpr unsigned kUvWithRing = 0x012d00;  // since 1.45 a loop has one more, of io_uring

void open_those_of_a_loop(Trial& trial) {
  trial.open_epoll();
  if (uv_version() >= kUvWithRing) trial.open_event();
  trial.open_event();
  trial.open_pipe();  // for signals
}

std::size_t pool_size() noexcept {
  const char* const asked = std::getenv("UV_THREADPOOL_SIZE");
  return static_cast<std::size_t>(
      std::clamp(asked ? std::atoi(asked) : kUsualPoolSize, 1, kMostPoolSize));
}

struct Thread {
  std::latch* end;
  uv_thread_t handle{};
  pid_t id = 0;
};

// A joined thread counts against the limits until the kernel has released it.
void wait_for_release(const std::vector<Thread>& threads) noexcept {
  const Clock::time_point until = Clock::now() + kReleaseTime;
  for (const Thread& thread : threads)
    while (::tgkill(::getpid(), thread.id, 0) == 0 && Clock::now() < until)
      std::this_thread::yield();
}

// Runs as many threads as the pool at the same time.
void try_threads() {
  const uv_thread_options_t options{.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = kStackSize};
  std::latch end(1);
  std::vector<Thread> threads(pool_size(), Thread{.end = &end});
  int status = 0;
  for (std::size_t i = 0; i < threads.size() && status == 0; ++i) {
    status = uv_thread_create_ex(
        &threads[i].handle, &options,
        [](void* given) {
          Thread& thread = *static_cast<Thread*>(given);
          thread.id = ::gettid();
          thread.end->wait();
        },
        &threads[i]);
    if (status != 0) threads.resize(i);
  }
  end.count_down();
  for (Thread& thread : threads) uv_thread_join(&thread.handle);
  wait_for_release(threads);
  if (status != 0) throw from_uv(status, "pthread_create");
}

void start_pool() {
  uv_loop_t loop;
  if (const int status = uv_loop_init(&loop); status < 0) throw from_uv(status, "uv_loop_init");
  uv_work_t work;
  uv_queue_work(&loop, &work, [](uv_work_t*) {}, nullptr);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
}

}  // namespace

void start_uv() {
  static std::mutex mutex;
  static bool is_started = false;  // the process has one pool and one pipe
  const std::lock_guard lock(mutex);
  if (is_started) return;
  {
    Trial trial;
    trial.open_pipe();  // which all loops share
    open_those_of_a_loop(trial);
  }
  try_threads();
  start_pool();
  is_started = true;
}

void require_loop_descriptors() {
  Trial trial;
  open_those_of_a_loop(trial);
}

}  // namespace weir::internal
