// support/stepped_time.h - time that passes when the test says so.
//
//   loop.poll();
//   pass(2min);              // for every clock that only goes forward, libuv's among them
//   loop.poll();             // what is due now runs
//
// The clocks go on by themselves as well.
#pragma once

#include <chrono>

namespace weir::test {

void pass(std::chrono::nanoseconds time) noexcept;

}  // namespace weir::test
