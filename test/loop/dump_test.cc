#include <weir/loop/dump.h>

#include "support/loop_test.h"
#include <weir/loop/stepped_clock.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace weir {
namespace {

using std::chrono_literals::operator""s;
using testing::HasSubstr;
using testing::Not;

class DumpTest : public test::LoopTest {
 protected:
  // An object of a higher layer.
  struct Thing final : LoopShutdownHook {
    explicit Thing(Loop& loop) : LoopShutdownHook(loop.ticks()) {}
    void let_go() noexcept override {}
    std::string describe() const override { return "a Thing"; }
    std::string status() const override { return "waits for Godot"; }
    using LoopShutdownHook::give_name;
  };

  SteppedClock clock{loop};
};

TEST_F(DumpTest, AnIdleLoopWaitsForNothing) {
  EXPECT_THAT(loop.dump(), HasSubstr("run() waits for:\n  nothing\n"));
}

TEST_F(DumpTest, TellsWhatKeepsRunFromReturning) {
  const auto timer = loop.set_timeout(3s, [] {});
  const auto unheeded = loop.set_timeout(5s, [] {});
  unheeded->unref();
  const Loop::KeepAlive alive(loop);
  loop.set_immediate([] {});
  const std::string text = loop.dump();
  EXPECT_THAT(text, HasSubstr("  a timer, due in 3000 ms\n"));
  EXPECT_THAT(text, Not(HasSubstr("5000 ms")));
  EXPECT_THAT(text, HasSubstr("  1 KeepAlive\n"));
  EXPECT_THAT(text, HasSubstr("  1 immediate\n"));
}

TEST_F(DumpTest, ListsObjectsThatTellAStatus) {
  const Thing thing(loop);
  Thing named(loop);
  named.give_name("the second");
  const Signal helper(loop, SIGUSR2, [] {});
  const std::string text = loop.dump();
  EXPECT_THAT(text, HasSubstr(" a Thing: waits for Godot\n"));
  EXPECT_THAT(text, HasSubstr(" a Thing \"the second\": waits for Godot\n"));
  EXPECT_THAT(text, Not(HasSubstr("an object of a Loop")));
}

TEST_F(DumpTest, ASignalPrintsIt) {
  const Signal dump = dump_on(loop, SIGUSR2);
  testing::internal::CaptureStderr();
  const Loop::KeepAlive alive(loop);
  ::raise(SIGUSR2);
  std::string text;
  for (int turn = 0; turn < 1000 && text.empty(); ++turn) {
    loop.poll();
    text = testing::internal::GetCapturedStderr();
    testing::internal::CaptureStderr();
  }
  testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("run() waits for:\n  1 KeepAlive\n"));
}

// Makes stderr a pipe, whose ends are closed with it.
struct StderrIntoAPipe {
  explicit StderrIntoAPipe(int flags) {
    EXPECT_EQ(::pipe2(ends.data(), flags), 0);
    ::dup2(ends[1], STDERR_FILENO);
  }
  ~StderrIntoAPipe() {
    ::dup2(before, STDERR_FILENO);
    for (const int fd : {before, ends[0], ends[1]}) ::close(fd);
  }
  int before = ::dup(STDERR_FILENO);
  std::array<int, 2> ends{};
};

// A dump whose signal the loop has taken.
void dump_once(Loop& loop) {
  const Signal dump = dump_on(loop, SIGUSR2);
  bool is_heard = false;
  const Signal last(loop, SIGUSR2, [&] { is_heard = true; });
  ::raise(SIGUSR2);
  for (int turn = 0; turn < 1000 && !is_heard; ++turn) EXPECT_NO_THROW(loop.poll());
  EXPECT_TRUE(is_heard);
}

TEST_F(DumpTest, AStderrWithoutAReaderDoesNotEndTheProgram) {
  StderrIntoAPipe pipe(0);
  ::close(pipe.ends[0]);
  pipe.ends[0] = ::dup(STDIN_FILENO);
  dump_once(loop);
}

TEST_F(DumpTest, AFullStderrThatDoesNotBlockDoesNotEndTheProgram) {
  StderrIntoAPipe pipe(O_NONBLOCK);
  const std::string filling(1000, 'x');
  while (::write(pipe.ends[1], filling.data(), filling.size()) > 0) {
  }
  dump_once(loop);
}

TEST_F(DumpTest, ANameIsForgottenWithItsObject) {
  std::uint64_t number = 0;
  {
    Thing thing(loop);
    thing.give_name("gone");
    number = thing.number();
  }
  const Thing other(loop);
  EXPECT_NE(other.number(), number);
  EXPECT_EQ(other.given_name(), "");
  EXPECT_THAT(loop.dump(), Not(HasSubstr("gone")));
}

}  // namespace
}  // namespace weir
