#include "loop/crash_process.h"

#include "loop/crash_loop.h"
#include <weir/base/error.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <thread>

#include <sys/eventfd.h>
#include <unistd.h>

namespace weir::internal {
namespace {

// In milliseconds.
constexpr std::int64_t kLongestFlush = 2000;  // of a loop that has begun
constexpr std::int64_t kLongestFreeze = 200;  // until a thread is in the handler
constexpr std::int64_t kLongestEnd = 5000;    // of the process, after everything is written

enum class Phase : std::uint8_t { running, writing, written };
enum class Cause : std::uint8_t { crash, exit };

struct Action {
  int number;
  bool ends = false;  // on request; otherwise it reports a fault
  bool is_installed = false;
  struct sigaction before{};
};

struct Process {
  std::mutex mutex;  // of the loops' and the actions' changes
  std::atomic<CrashLoop*> first = nullptr;
  std::array<Action, 11> actions{{{SIGSEGV},
                                  {SIGBUS},
                                  {SIGFPE},
                                  {SIGILL},
                                  {SIGABRT},
                                  {SIGSYS},
                                  {SIGTRAP},
                                  {SIGTERM, true},
                                  {SIGINT, true},
                                  {SIGHUP, true},
                                  {SIGQUIT, true}}};
  std::atomic<pid_t> pid = 0;  // a forked child has the handlers, and another one

  std::atomic<Phase> phase = Phase::running;
  std::atomic<Cause> cause = Cause::crash;
  std::atomic<pid_t> writer = 0;  // the thread that ends the process

  std::thread* waiter = nullptr;  // acts on signals from outside
  std::atomic<int> wake = -1;     // its eventfd
  std::atomic<int> received = 0;  // the signal that it has not taken; 0: none
  std::atomic<bool> is_waiter_due_to_end = false;
  bool calls_at_exit = false;
};

constinit Process process;

// --- Actions of signals. ---

void on_signal(int number, siginfo_t* info, void* context);

bool is_ours(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) && action.sa_sigaction == &on_signal;
}

bool has_our_handler(int number) noexcept {
  struct sigaction current{};
  return ::sigaction(number, nullptr, &current) == 0 && is_ours(current);
}

void install(Action& action) noexcept {
  struct sigaction current{};
  if (::sigaction(action.number, nullptr, &current) != 0 || is_ours(current)) return;
  const bool is_default = !(current.sa_flags & SA_SIGINFO) && current.sa_handler == SIG_DFL;
  if (action.ends && !is_default) return;
  action.before = current;
  struct sigaction ours{};
  ours.sa_sigaction = &on_signal;
  // A fault in the handler calls it again.
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART;
  sigemptyset(&ours.sa_mask);
  for (const Action& other : process.actions)
    if (other.ends) sigaddset(&ours.sa_mask, other.number);
  action.is_installed = ::sigaction(action.number, &ours, nullptr) == 0;
}

void restore(Action& action) noexcept {
  if (action.is_installed && has_our_handler(action.number))
    ::sigaction(action.number, &action.before, nullptr);
}

// The signal has the effect that it has without a CrashFlush.
void pass_on(int number, bool is_fault) noexcept {
  for (Action& action : process.actions)
    if (action.number == number) restore(action);
  if (is_fault) return;  // the instruction runs again, and faults again
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(number);
}

// --- Writing. ---

template <class Call>
void for_each_loop(Call call) noexcept {
  for (CrashLoop* loop = process.first; loop; loop = loop->next) call(*loop);
}

template <class Condition>
bool wait_for(std::int64_t most, Condition is_met) noexcept {
  for (const std::int64_t end = crash_time() + most; !is_met(); nap())
    if (crash_time() >= end) return is_met();
  return true;
}

// Stops the loop's thread in the handler, so that its data stays unchanged.
void freeze(CrashLoop& loop) noexcept {
  const auto usable = std::ranges::find_if(process.actions, [](const Action& action) {
    return !action.ends && has_our_handler(action.number);
  });
  if (usable == process.actions.end()) return;
  if (::tgkill(process.pid, loop.thread(), usable->number) != 0) return;  // it has ended
  wait_for(kLongestFreeze, [&] { return loop.is_parked(); });
}

// Returns false if another thread does it.
bool write_all(Cause cause) noexcept {
  Phase expected = Phase::running;
  if (!process.phase.compare_exchange_strong(expected, Phase::writing)) return false;
  process.cause = cause;
  process.writer = ::gettid();
  std::int64_t patience = 0;
  for_each_loop([&](CrashLoop& loop) {
    if (loop.is_on_this_thread()) return;
    patience = std::max(patience, loop.patience());
    loop.ask();
  });
  for_each_loop([](CrashLoop& loop) {
    if (loop.is_on_this_thread()) loop.flush();
  });
  const std::int64_t end = crash_time() + patience;
  for_each_loop([&](CrashLoop& loop) {
    const auto is_done = [&] { return loop.is_done(); };
    if (wait_for(end - crash_time(), is_done)) return;
    if (!loop.seize()) return static_cast<void>(wait_for(kLongestFlush, is_done));
    freeze(loop);
    loop.flush();
  });
  process.phase = Phase::written;
  return true;
}

// --- The handler. ---

// For another thread than the one that writes.
void park() noexcept {
  const pid_t thread = ::gettid();
  for_each_loop([&](CrashLoop& loop) {
    if (loop.is_on_this_thread() && loop.seize()) loop.flush();  // a fault of its own
    if (loop.thread() == thread) loop.set_parked();
  });
  CrashProcess::wait_for_end();
}

bool is_by_this_process(const siginfo_t& info) noexcept {
  return info.si_code == SI_TKILL && info.si_pid == process.pid;
}

// By another process or the terminal. raise() and abort() are the thread's own.
bool is_from_outside(const Action& action, const siginfo_t& info) noexcept {
  if (is_by_this_process(info)) return false;
  return action.ends || info.si_code <= 0;
}

void handle(int number, const siginfo_t& info) noexcept {
  const auto action = std::ranges::find(process.actions, number, &Action::number);
  const bool is_fault = info.si_code > 0 && (number == SIGSEGV || number == SIGBUS ||
                                             number == SIGFPE || number == SIGILL);
  if (process.pid != ::getpid() || process.phase == Phase::written)
    return pass_on(number, is_fault);
  if (process.phase == Phase::writing) for_each_loop([](CrashLoop& loop) { loop.skip_fault(); });
  if (is_from_outside(*action, info)) {
    process.received = number;
    const std::uint64_t one = 1;
    static_cast<void>(!::write(process.wake, &one, sizeof one));
    return;
  }
  if (!write_all(Cause::crash)) {
    if (process.writer == ::gettid()) return pass_on(number, is_fault);  // a fault of the handler
    park();
    // The signal was sent by freeze(), or is this thread's own.
    if (process.cause == Cause::exit && is_by_this_process(info)) return;
  }
  pass_on(number, is_fault);
}

void on_signal(int number, siginfo_t* info, void* /*context*/) {
  const int error = errno;
  handle(number, *info);
  errno = error;
}

void at_exit() {
  if (process.pid != ::getpid() || !process.first) return;
  if (!write_all(Cause::exit) && process.cause == Cause::crash) CrashProcess::wait_for_end();
}

// After the last handler of exit(), and before the destructor of libuv, which takes its thread pool
// away from loops that still run.
[[gnu::destructor]] void stop_loops() {
  if (process.pid != ::getpid() || process.phase != Phase::written) return;
  for_each_loop([](CrashLoop& loop) {
    if (loop.ask_to_stop()) wait_for(loop.patience(), [&] { return loop.is_stopped(); });
  });
}

// The waiter's thread: it may block, so it takes the part of a crashed thread.
void wait_for_signals() {
  for (;;) {
    std::uint64_t count = 0;
    if (::read(process.wake, &count, sizeof count) < 0 && errno == EINTR) continue;
    if (process.is_waiter_due_to_end) return;
    const int number = process.received.exchange(0);
    if (!write_all(Cause::crash)) CrashProcess::wait_for_end();
    pass_on(number, false);
    return;  // a handler that was there before has received the signal
  }
}

// Signals of the program reach its own threads only.
void start_waiter() {
  process.received = 0;
  process.is_waiter_due_to_end = false;
  if (const int old = process.wake.exchange(-1); old >= 0) ::close(old);  // of the parent
  process.wake = ::eventfd(0, EFD_CLOEXEC);
  if (process.wake < 0) throw Error::system(errno, "eventfd");
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    process.waiter = new std::thread(&wait_for_signals);  // NOLINT: exit() leaves it
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void stop_waiter() noexcept {
  const std::uint64_t one = 1;
  process.is_waiter_due_to_end = true;
  static_cast<void>(!::write(process.wake, &one, sizeof one));
  process.waiter->join();
  delete std::exchange(process.waiter, nullptr);
  ::close(process.wake.exchange(-1));
  // It came as the last loop left, when the waiter did not look any more.
  if (const int number = process.received.exchange(0)) ::kill(process.pid, number);
}

}  // namespace

void CrashProcess::add(CrashLoop& loop) {
  const std::lock_guard lock(process.mutex);
  if (process.pid.exchange(::getpid()) != ::getpid()) {  // the first one, or a forked child's
    process.first = nullptr;
    process.waiter = nullptr;
    process.phase = Phase::running;
  }
  if (!process.waiter) start_waiter();
  if (!std::exchange(process.calls_at_exit, true)) std::atexit(&at_exit);
  loop.next = process.first.load();
  process.first = &loop;
  for (Action& action : process.actions) install(action);
}

void CrashProcess::remove(CrashLoop& loop) noexcept {
  if (process.pid != ::getpid()) return;
  const std::lock_guard lock(process.mutex);
  std::atomic<CrashLoop*>* link = &process.first;
  while (*link && *link != &loop) link = &(*link).load()->next;
  if (!*link) return;  // of a parent process, in a forked child that has a CrashFlush of its own
  *link = loop.next.load();
  if (process.phase == Phase::writing && process.writer != ::gettid()) wait_for_end();
  if (process.first) return;
  for (Action& action : process.actions) {
    restore(action);
    action.is_installed = false;
  }
  stop_waiter();
}

void CrashProcess::wait_for_end() noexcept {
  while (process.phase == Phase::writing) nap();
  if (process.cause == Cause::exit) return;
  wait_for(kLongestEnd, [] { return false; });
}

}  // namespace weir::internal
