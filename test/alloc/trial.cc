#include "support/trial.h"

#include "support/child.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <execinfo.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::test {
namespace {

constexpr unsigned kPatience = 30;  // seconds
constexpr std::size_t kNone = static_cast<std::size_t>(-1);
constexpr int kMillisecondsOfThreads = 500;
constexpr int kFine = 0;
constexpr int kWrong = 1;
constexpr int kTerminated = 2;

// What a child tells its parent, in memory of both.
struct Progress {
  std::size_t at;
  Shortage shortage;
  char complaint[200];
};
Progress* progress = nullptr;

// WEIR_ALLOC_AT: the one allocation to fail, where the stack is printed. 0: each in turn.
std::size_t only_one() {
  const char* const at = std::getenv("WEIR_ALLOC_AT");
  return at ? std::strtoul(at, nullptr, 10) : 0;
}
void print_stack() {
  void* frames[60];
  ::backtrace_symbols_fd(frames, ::backtrace(frames, 60), 2);
}

void complain(const char* what) {
  std::snprintf(progress->complaint, sizeof progress->complaint, "%s", what);
}

// Only a std::bad_alloc may end the process.
[[noreturn]] void on_terminate() noexcept {
  failing_new().disarm();
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
    complain("terminated without an exception");
  } catch (const std::bad_alloc&) {
    ::_exit(kTerminated);
  } catch (const std::exception& other) {
    complain(other.what());
  } catch (...) {
    complain("terminated by an exception that is not a std::exception");
  }
  ::_exit(kWrong);
}

// Returns false if the allocation was not reached.
bool run_once(Scenario scenario) {
  ::alarm(kPatience);
  const std::ptrdiff_t before = failing_new().live();
  const char* complaint = nullptr;
  bool reported = false;
  {
    Trial trial;
    failing_new().arm(progress->at, progress->shortage);
    trial.attempt([&] { scenario(trial); });
    failing_new().disarm();
    complaint = trial.complaint();
    reported = trial.reported();
  }
  // Threads of a library may be about to end.
  for (int i = 0; i < kMillisecondsOfThreads && failing_new().live() != before; ++i) ::usleep(1000);
  const bool reached = failing_new().failed();
  if (!complaint && reported && !reached) complaint = "an error without a failure";
  if (!complaint && failing_new().live() != before) complaint = "memory is left";
  if (complaint) {
    complain(complaint);
    ::_exit(kWrong);
  }
  return reached;
}

// Tries each allocation from progress->at on.
[[noreturn]] void run_child(Scenario scenario) {
  std::set_terminate(on_terminate);
  const std::size_t first = progress->at;
  progress->at = kNone;  // what is made once in a program is made now
  for (int i = 0; i < 2; ++i) run_once(scenario);
  if (only_one()) failing_new().set_trace(&print_stack);
  for (progress->at = first; run_once(scenario) && !only_one(); ++progress->at) {
  }
  ::_exit(kFine);
}

int run_from(std::size_t at, Shortage shortage, Scenario scenario) {
  progress->at = at;
  progress->shortage = shortage;
  progress->complaint[0] = '\0';
  const pid_t child = fork_child();
  if (child == 0) run_child(scenario);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

void sweep(Shortage shortage, Scenario scenario) {
  const char* const kind = shortage == Shortage::once ? "one" : "all";
  for (std::size_t at = only_one() ? only_one() : 1;;) {
    const int status = run_from(at, shortage, scenario);
    at = progress->at;
    if (WIFEXITED(status) && WEXITSTATUS(status) == kFine) break;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != kTerminated)
      ADD_FAILURE() << fmt::format(
          "{} from allocation {}: {}", kind, at,
          WIFSIGNALED(status) ? ::strsignal(WTERMSIG(status)) : progress->complaint);
    if (only_one() || at == kNone) break;  // kNone: the scenario fails by itself
    ++at;
  }
  EXPECT_GT(progress->at, 1u) << "the scenario allocates nothing";
}

}  // namespace

void Trial::run(Loop& loop) {
  interrupted_ = !attempt([&] { loop.run(); });
  if (!interrupted_) check(loop);
  streams_ = {};
}

// The program has seen the failure, if any. Where it was a call that threw, the rest of the
// scenario may be missing, so the streams are destroyed.
void Trial::check(Loop& loop) {
  if (closed_ < watched_ && reported_) {
    for (std::size_t i = 0; i < watched_; ++i) streams_[i]->destroy();
    loop.run();
  }
  if (closed_ != watched_) wrong("a stream has not closed");
  for (std::size_t i = 0; i < accepted_; ++i) {
    if (completions_[i] == 0 && !has_thrown_[i]) wrong("a write has not completed");
    if (completions_[i] > 1) wrong("a write has completed twice");
  }
}

void expect_borne(Scenario scenario) {
  void* const shared =
      ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  progress = new (shared) Progress();
  sweep(Shortage::once, scenario);
  sweep(Shortage::lasting, scenario);
  ::munmap(shared, sizeof(Progress));
}

}  // namespace weir::test
