// support/system_calls.h - how often the program asked the system to send, and calls that fail.
//
//   const SystemCalls before = system_calls();
//   ...
//   EXPECT_EQ(system_calls().send - before.send, 1u);
//
//   FailingCalls failing({.first = 3, .error = ENOSPC});
//   failing.during([&] { loop.run(); });               // the third call made inside fails
//   EXPECT_TRUE(failing.have_failed());
//
// Counted for all of a test program that uses it: its calls, and libuv's, come through here.
#pragma once

#include <cstddef>
#include <functional>

namespace weir::test {

struct SystemCalls {
  std::size_t send = 0;       // calls of send and sendmsg
  std::size_t send_more = 0;  // those with MSG_MORE
  std::size_t sendfile = 0;
};

SystemCalls system_calls() noexcept;

// The calls that sockets are accepted, set up and used with.
enum class Calls {
  all,
  sends,    // send, sendmsg, sendfile
  options,  // setsockopt
  watches,  // an epoll set is to have one descriptor more
};

class FailingCalls {
 public:
  struct Which {
    Calls calls = Calls::all;
    std::size_t first = 1;  // to fail of those
    std::size_t count = 1;
    int error = 0;
  };

  explicit FailingCalls(Which which) noexcept : which_(which) {}
  FailingCalls(const FailingCalls&) = delete;
  FailingCalls& operator=(const FailingCalls&) = delete;

  // Fails calls of this thread while `program` runs.
  void during(const std::function<void()>& program);
  bool have_failed() const noexcept { return seen_ >= which_.first; }

  // From the calls: sets errno where this one fails.
  static bool fail(Calls kind) noexcept;

 private:
  Which which_;
  std::size_t seen_ = 0;
};

}  // namespace weir::test
