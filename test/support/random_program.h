// support/random_program.h - programs of random operations on streams, and the rule for all of
// them: a stream that was created ends in one Close, and each callback of a write or a destroy is
// called once.
//
//   struct Program : RandomProgram { ... };
//   Program program(seed);
//   program.lives.watch(*stream, "socket");
//   program.sometime([stream] { stream->end(); });
//   program.run([&] { server->close(); ... });       // `end` ends everything
//   EXPECT_EQ(program.lives.faults(), "");
//
// run_random_programs does that for many seeds.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/error.h>
#include <weir/loop/loop.h>
#include <weir/stream/events.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <list>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::test {

// How many programs a test runs; WEIR_RANDOM_PROGRAMS asks for more of them.
inline unsigned random_programs(unsigned usual) {
  const char* const asked = std::getenv("WEIR_RANDOM_PROGRAMS");
  return asked ? static_cast<unsigned>(std::strtoul(asked, nullptr, 10)) : usual;
}

class Lives {
 public:
  template <class Stream>
  void watch(Stream& stream, std::string name) {
    int* const closes = expect_one("Close of " + std::move(name));
    stream.template on<Close>([closes] { ++*closes; });
    stream.template on<Error>([] {});
  }
  Callback callback(std::string name) {
    return [calls = expect_one("call of " + std::move(name))](const Error&) { ++*calls; };
  }
  std::size_t size() const noexcept { return expected_.size(); }

  // Streams without exactly one Close, and callbacks without exactly one call.
  std::string faults() const {
    std::string text;
    for (const auto& [name, count] : expected_)
      if (count != 1) text += fmt::format("{} times {}\n", count, name);
    return text;
  }

 private:
  int* expect_one(std::string name) {
    expected_.emplace_back(std::move(name), 0);
    return &expected_.back().second;
  }

  std::list<std::pair<std::string, int>> expected_;
};

class RandomProgram {
 public:
  explicit RandomProgram(unsigned seed) : random_(seed) {
    loop.on_uncaught([](const std::exception_ptr&) {});
  }

  Lives lives;
  Loop loop;

  // Below `count`.
  std::size_t pick(std::size_t count) { return random_() % count; }
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  std::string bytes() {
    constexpr std::size_t kSizes[] = {0, 1, 100, 5'000, 70'000, 300'000};
    return std::string(kSizes[pick(std::size(kSizes))], 'x');
  }

  // Now, on a tick, or some turns of the loop later.
  template <class F>
  void sometime(F call) {
    constexpr std::size_t kTurns = 12;
    const std::size_t when = pick(kTurns + 3);
    if (when == 0) return call();
    if (when == 1) return loop.next_tick(std::move(call));
    after(when - 2, std::move(call));
  }

  // Runs it for some turns, has everything end, and runs it dry. ERRORS: throws where it does not.
  template <class F>
  void run(F end) {
    constexpr std::size_t kTurns = 40;
    after(kTurns, std::move(end));
    bool hangs = false;
    const auto limit = loop.set_timeout(std::chrono::seconds(20), [&] {
      hangs = true;
      loop.stop();
    });
    limit->unref();
    loop.run();
    limit->clear();
    if (hangs) throw std::runtime_error("the program does not end");
  }

 private:
  template <class F>
  void after(std::size_t turns, F call) {
    loop.set_immediate([this, turns, call = std::move(call)]() mutable {
      if (turns == 0)
        call();
      else
        after(turns - 1, std::move(call));
    });
  }

  std::minstd_rand random_;
};

// Runs a Program for each seed, `usual` of them. Each must watch `least` streams and callbacks on
// average, because an idle program breaks no rule.
template <class Program, class... Args>
void run_random_programs(unsigned usual, std::size_t least, const Args&... args) {
  const unsigned count = random_programs(usual);
  std::size_t watched = 0;
  for (unsigned seed = 1; seed <= count; ++seed) {
    SCOPED_TRACE(seed);
    Program program(seed, args...);
    program.run();
    EXPECT_EQ(program.lives.faults(), "");
    watched += program.lives.size();
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(watched, least * count);
}

}  // namespace weir::test
