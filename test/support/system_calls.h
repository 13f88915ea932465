// support/system_calls.h - how often the program asked the system to send.
//
//   const SystemCalls before = system_calls();
//   ...
//   EXPECT_EQ(system_calls().sendmsg - before.sendmsg, 1u);
//
// Counted for all of a test program that uses it: its calls go through here.
#pragma once

#include <cstddef>

namespace weir::test {

struct SystemCalls {
  std::size_t sendmsg = 0;
  std::size_t sendmsg_more = 0;  // of these, those that said that more follows
  std::size_t sendfile = 0;
};

SystemCalls system_calls() noexcept;

}  // namespace weir::test
