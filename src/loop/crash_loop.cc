#include "loop/crash_loop.h"

#include "loop/crash_process.h"
#include "loop/loop_local.h"
#include "loop/uv_error.h"

#include <csignal>
#include <cstddef>
#include <ctime>
#include <memory>

namespace weir::internal {
namespace {

constexpr long kStackSize = long{64} << 10;

// The stack of the thread's signal handlers, so that a handler runs after a stack overflow; unless
// the program or a sanitizer has set one.
class AlternateStack {
 public:
  AlternateStack() {
    stack_t current{};
    if (::sigaltstack(nullptr, &current) != 0 || !(current.ss_flags & SS_DISABLE)) return;
    const auto size = static_cast<std::size_t>(kStackSize + ::sysconf(_SC_MINSIGSTKSZ));
    memory_ = std::make_unique_for_overwrite<std::byte[]>(size);  // NOLINT: a stack
    const stack_t own{.ss_sp = memory_.get(), .ss_flags = 0, .ss_size = size};
    ::sigaltstack(&own, nullptr);
  }
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;
  ~AlternateStack() {
    stack_t current{};
    if (!memory_ || ::sigaltstack(nullptr, &current) != 0) return;
    const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    if (current.ss_sp == memory_.get()) ::sigaltstack(&none, nullptr);
  }

  // Call on each thread.
  static void provide() { thread_local const AlternateStack stack; }

 private:
  std::unique_ptr<std::byte[]> memory_;  // NOLINT
};

// Holds back the signal of a file at the process's limit (RLIMIT_FSIZE), so that the write fails.
class NoFileSizeSignal {
 public:
  NoFileSizeSignal() noexcept {
    sigemptyset(&limit_);
    sigaddset(&limit_, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &limit_, &before_);
  }
  NoFileSizeSignal(const NoFileSizeSignal&) = delete;
  NoFileSizeSignal& operator=(const NoFileSizeSignal&) = delete;
  ~NoFileSizeSignal() {
    const timespec at_once{};
    ::sigtimedwait(&limit_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t limit_{};
  sigset_t before_{};
};

template <class T, class... Args>
Handle<T> watch(int (*init)(uv_loop_t*, T*, Args...), Loop& loop, CrashLoop* owner, Args... args) {
  auto memory = std::make_unique<T>();
  if (const int status = init(loop.core().uv(), memory.get(), args...); status < 0)
    throw from_uv(status, "uv_loop");
  memory->data = owner;
  Handle<T> handle(memory.release());
  uv_unref(base(handle));
  return handle;
}

template <class T>
CrashLoop* owner_of(T* handle) noexcept {
  return static_cast<CrashLoop*>(handle->data);
}

}  // namespace

CrashLoop::CrashLoop(Loop& loop, std::int64_t patience)
    : LoopShutdownHook(loop.ticks()),
      ticks_(loop.ticks()),
      registry_(loop_local<CrashRegistry>(loop)),
      patience_(patience),
      async_(watch(&uv_async_init, loop, this, static_cast<uv_async_cb>([](uv_async_t* async) {
        owner_of(async)->on_asked();
      }))),
      turn_(watch(&uv_prepare_init, loop, this)) {
  uv_prepare_start(turn_.get(), [](uv_prepare_t* turn) { owner_of(turn)->on_turn(); });
  on_turn();
  CrashProcess::add(*this);
  is_open_ = true;
}

CrashLoop::~CrashLoop() { close(); }

void CrashLoop::let_go() noexcept { close(); }

void CrashLoop::close() noexcept {
  if (!is_open_) return;
  is_open_ = false;
  CrashProcess::remove(*this);
  async_.reset();
  turn_.reset();
}

// A loop may run on another thread than before.
void CrashLoop::on_turn() noexcept {
  if (turned_on_ == std::this_thread::get_id()) return;
  turned_on_ = std::this_thread::get_id();
  thread_ = ::gettid();
  AlternateStack::provide();
}

void CrashLoop::ask() noexcept {
  state_ = State::asked;
  uv_async_send(async_.get());
}

bool CrashLoop::seize() noexcept {
  State expected = State::asked;
  return state_.compare_exchange_strong(expected, State::writing);
}

bool CrashLoop::ask_to_stop() noexcept {
  if (is_on_this_thread() || !has_answered_) return false;
  state_ = State::stopping;
  uv_async_send(async_.get());
  return true;
}

// Between two callbacks.
void CrashLoop::on_asked() noexcept {
  if (state_ == State::stopping) {
    state_ = State::stopped;
    for (;;) ::pause();
  }
  if (!seize()) return;
  has_answered_ = true;
  flush();
  CrashProcess::wait_for_end();
}

void CrashLoop::flush() noexcept {
  state_ = State::writing;
  const NoFileSizeSignal no_signal;
  const pid_t thread = ::gettid();
  registry_.for_each_writer([this, thread](CrashWriter& writer) {
    if (sigsetjmp(jump_, 0) != 0) return;
    guarded_ = thread;
    registry_.flush(writer);
    guarded_ = 0;
  });
  guarded_ = 0;
  state_ = State::done;
}

void CrashLoop::skip_fault() noexcept {
  if (guarded_ != ::gettid()) return;
  guarded_ = 0;
  siglongjmp(jump_, 1);
}

}  // namespace weir::internal
