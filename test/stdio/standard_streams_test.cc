#include <weir/stdio/standard_streams.h>

#include "stdio/stdio_test.h"

#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

// Has a descriptor be another one while it lives.
class Replaced {
 public:
  Replaced(int fd, int by) : fd_(fd), before_(::fcntl(fd, F_DUPFD_CLOEXEC, 3)) {
    by < 0 ? ::close(fd) : ::dup2(by, fd);
  }
  Replaced(const Replaced&) = delete;
  Replaced& operator=(const Replaced&) = delete;
  ~Replaced() { ::dup2(before_.get(), fd_); }

 private:
  int fd_;
  test::Fd before_;
};

class StandardStreamsTest : public test::StdioTest {
 protected:
  test::Pipe in;
  test::Pipe out;
  test::Pipe error;
  Replaced replaced_input{STDIN_FILENO, in.reader()};
  Replaced replaced_output{STDOUT_FILENO, out.writer()};
  Replaced replaced_error{STDERR_FILENO, error.writer()};
};

TEST_F(StandardStreamsTest, AreOneEachForALoop) {
  EXPECT_EQ(standard_output(loop), standard_output(loop));
  EXPECT_EQ(standard_error(loop), standard_error(loop));
  EXPECT_EQ(standard_input(loop), standard_input(loop));
  Loop other;
  EXPECT_NE(standard_output(loop), standard_output(other));
  EXPECT_EQ(standard_input(loop)->fd(), 0);
  EXPECT_EQ(standard_output(loop)->fd(), 1);
  EXPECT_EQ(standard_error(loop)->fd(), 2);
}

TEST_F(StandardStreamsTest, TakeTheOptionsOfTheCallThatMakesThem) {
  EXPECT_EQ(standard_output(loop)->writable_high_water_mark(), 16384u);
  EXPECT_EQ(standard_error(loop, {.high_water_mark = 5})->writable_high_water_mark(), 5u);
  EXPECT_EQ(standard_error(loop, {.high_water_mark = 9})->writable_high_water_mark(), 5u);
}

TEST_F(StandardStreamsTest, PipeTheInputIntoTheOutput) {
  put(in.writer(), "abc");
  in.close_writer();
  Replaced closed(STDIN_FILENO, in.reader());
  standard_input(loop)->pipe(standard_output(loop));
  loop.run();
  EXPECT_EQ(taken_from(out.reader()), "abc");
}

TEST_F(StandardStreamsTest, AreFlushedBeforeAnExit) {
  standard_output(loop)->write(std::string(test::Pipe::kCapacity + 10, 'o'));
  standard_error(loop)->write(std::string(test::Pipe::kCapacity + 5, 'e'));
  EXPECT_EQ(flush_standard_streams(loop, std::chrono::milliseconds(1)), 15u);
  taken_from(error.reader());
  EXPECT_EQ(flush_standard_streams(loop, std::chrono::milliseconds(1)), 10u);
  taken_from(out.reader());
  EXPECT_EQ(flush_standard_streams(loop, std::chrono::milliseconds(1)), 0u);
}

TEST_F(StandardStreamsTest, FlushNothingWhereNoneIsUsed) {
  EXPECT_EQ(flush_standard_streams(loop, std::chrono::milliseconds(0)), 0u);
}

TEST_F(StandardStreamsTest, GiveTheTerminalItsModeBackBeforeAnExit) {
  const test::Terminal terminal;
  const Replaced input(STDIN_FILENO, terminal.program());
  standard_input(loop)->set_raw_mode(true);
  flush_standard_streams(loop, std::chrono::milliseconds(0));
  EXPECT_FALSE(standard_input(loop)->is_raw());
}

TEST_F(StandardStreamsTest, MayBeUsedDuringTheDestructionOfTheirLoop) {
  Loop short_lived;
  standard_output(short_lived)->write(std::string(3 * test::Pipe::kCapacity, 'x'));
  standard_input(short_lived)->resume();
  short_lived.poll();
}

TEST_F(StandardStreamsTest, MayBeOwnedByTheirOwnListeners) {
  const auto owned = std::make_shared<int>();
  {
    Loop short_lived;
    const auto written = standard_output(short_lived);
    written->on<Drain>([written, owned] {});
    written->on<Resize>([written, owned] {});
    const auto read = standard_input(short_lived);
    read->on<Data>([read, owned] {});
    short_lived.poll();
  }
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(StandardStreamsTest, GoNowhereWhereTheyAreClosedFromTheStart) {
  const Replaced input(STDIN_FILENO, -1);
  const Replaced output(STDOUT_FILENO, -1);
  const Replaced failures(STDERR_FILENO, -1);
  Loop late;  // its own descriptors would otherwise get these numbers
  EXPECT_EQ(standard_output(late)->kind(), DescriptorKind::null);
  EXPECT_EQ(standard_error(late)->kind(), DescriptorKind::null);
  EXPECT_EQ(standard_input(late)->kind(), DescriptorKind::null);
  EXPECT_TRUE(standard_output(late)->write("x"));
  standard_input(late)->on<End>([&] { log.add("end"); });
  standard_input(late)->resume();
  late.run();
  EXPECT_EQ(log.take(), "end");
}

}  // namespace
}  // namespace weir
