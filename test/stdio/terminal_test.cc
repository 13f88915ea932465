#include "stdio/stdio_test.h"

#include <csignal>
#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

namespace weir {
namespace {

class TerminalTest : public test::StdioTest {
 protected:
  // The first `size` bytes that the terminal shows.
  std::string shown(std::size_t size) const {
    std::string text(size, ' ');
    for (std::size_t seen = 0; seen < size;) {
      const ssize_t count = ::read(terminal.person(), text.data() + seen, size - seen);
      if (count <= 0) return text.substr(0, seen);
      seen += static_cast<std::size_t>(count);
    }
    return text;
  }
  void type(const std::string& keys) const { put(terminal.person(), keys); }

  test::Terminal terminal;
};

// --- Output ---

TEST_F(TerminalTest, WritesAtOnceAndCallsBackOnATick) {
  const auto out = output(terminal.program());
  EXPECT_TRUE(out->is_tty());
  EXPECT_TRUE(out->write("A", cb("cb")));
  EXPECT_EQ(shown(1), "A");
  loop.next_tick(says("tick"));
  log.add("sync");
  EXPECT_EQ(after_run(), "sync cb tick");
  EXPECT_FALSE(is_non_blocking(terminal.program()));
}

TEST_F(TerminalTest, WritesAllThoughAnotherProcessMadeItNonBlocking) {
  ::fcntl(terminal.program(), F_SETFL, O_RDWR | O_NONBLOCK);
  const std::string much(100'000, 'x');
  std::string seen;
  std::thread reader([&] { seen = shown(much.size()); });
  const auto out = output(terminal.program());
  EXPECT_TRUE(out->write(much));
  EXPECT_EQ(out->writable_length(), 0u);
  reader.join();
  EXPECT_EQ(seen, much);
}

TEST_F(TerminalTest, KnowsItsSize) {
  const auto out = output(terminal.program());
  EXPECT_EQ(out->columns(), 80);
  EXPECT_EQ(out->rows(), 24);
  EXPECT_EQ(out->window_size(), (WindowSize{80, 24}));
}

TEST_F(TerminalTest, EmitsAChangeOfItsSize) {
  const auto out = output(terminal.program());
  out->on<Resize>([&] { log.add(fmt::format("resize({}x{})", *out->columns(), *out->rows())); });
  terminal.resize(100, 30);
  EXPECT_EQ(out->columns(), 80);
  std::raise(SIGWINCH);
  loop.poll();
  EXPECT_EQ(log.take(), "resize(100x30)");
  std::raise(SIGWINCH);
  loop.poll();
  EXPECT_EQ(log.take(), "");
  EXPECT_EQ(after_run(), "");
}

TEST_F(TerminalTest, ControlsTheCursor) {
  const auto out = output(terminal.program());
  out->clear_line();
  out->cursor_to(3);
  out->cursor_to(1, 2);
  out->move_cursor(1, -1);
  out->move_cursor(-2, 3);
  out->move_cursor(0, 0, cb("nothing"));
  out->clear_screen_down();
  out->clear_line(OutputStream::Part::before_cursor);
  out->clear_line(OutputStream::Part::behind_cursor, cb("cb"));
  const std::string_view expected =
      "\x1b[2K\x1b[4G\x1b[3;2H\x1b[1C\x1b[1A\x1b[2D\x1b[3B\x1b[0J\x1b[1K\x1b[0K";
  EXPECT_EQ(shown(expected.size()), expected);
  EXPECT_EQ(after_run(), "nothing cb");
}

TEST_F(TerminalTest, ReportsTheNumberOfItsColors) {
  const auto out = output(terminal.program());
  EXPECT_EQ(out->color_depth({{"TERM", "xterm-256color"}}), 8);
  EXPECT_TRUE(out->has_colors(16, {{"TERM", "xterm"}}));
  EXPECT_FALSE(out->has_colors(256, {{"TERM", "xterm"}}));
  EXPECT_EQ(test::thrown_by([&] { out->has_colors(1, {}); }).name(), "ERR_OUT_OF_RANGE");
}

TEST_F(TerminalTest, CallsTheWritesBackBeforePrefinish) {
  const auto out = output(terminal.program());
  for (int round = 0; round < 2; ++round) {
    out->write("a", cb("a"));
    out->write("b", cb("b"));
    out->end(cb("end"));
    EXPECT_EQ(after_run(), "a b prefinish end finish close");
  }
  out->write("a", cb("a"));
  out->end(cb("end"));
  out->destroy();
  EXPECT_EQ(after_run(), "a end(ERR_STREAM_DESTROYED) close");
  EXPECT_EQ(shown(5), "ababa");
}

TEST_F(TerminalTest, TakesWritesAfterItsEnd) {
  const auto out = output(terminal.program());
  out->end("bye");
  EXPECT_EQ(after_run(), "prefinish finish close");
  out->write(" again", cb("cb"));
  EXPECT_EQ(after_run(), "cb");
  EXPECT_EQ(shown(9), "bye again");
}

// --- Input ---

TEST_F(TerminalTest, ReadsALineWhenItIsThere) {
  const auto in = input(terminal.program());
  EXPECT_TRUE(in->is_tty());
  EXPECT_EQ(in->readable_high_water_mark(), 0u);
  log.listen_to_data(*in);
  type("abc");
  loop.poll();
  EXPECT_EQ(log.take(), "resume");
  type("\n");
  in->once<Data>([&] { loop.stop(); });
  EXPECT_EQ(after_run(), "data(abc\n)");
  EXPECT_FALSE(is_non_blocking(terminal.program()));
  in->destroy();
  EXPECT_EQ(after_run(), "close");
}

TEST_F(TerminalTest, EndsWithTheKeyForThat) {
  const auto in = input(terminal.program());
  in->resume();
  type("\x04");
  EXPECT_EQ(after_run(), "resume end close");
}

TEST_F(TerminalTest, GivesEachKeyInRawMode) {
  const auto in = input(terminal.program());
  EXPECT_FALSE(in->is_raw());
  in->set_raw_mode(true).once<Data>([&](const Data& data) {
    log.add(std::string(data.chunk.text()));
    in->destroy();
  });
  EXPECT_TRUE(in->is_raw());
  type("q");
  EXPECT_EQ(after_run(), "resume q close");
  EXPECT_FALSE(in->is_raw());
}

TEST_F(TerminalTest, HasItsModeBackWhenItsStreamIsDestroyed) {
  const auto echoes = [&] {
    termios mode;
    ::tcgetattr(terminal.program(), &mode);
    return (mode.c_lflag & (ECHO | ICANON)) == (ECHO | ICANON);
  };
  EXPECT_TRUE(echoes());
  {
    const auto in = input(terminal.program());
    in->set_raw_mode(true);
    EXPECT_FALSE(echoes());
    in->set_raw_mode(false);
    EXPECT_TRUE(echoes());
    in->set_raw_mode(true);
  }
  loop.run();
  EXPECT_TRUE(echoes());
}

TEST_F(TerminalTest, RawModeWithoutATerminalFails) {
  const test::Pipe pipe;
  const auto in = input(pipe.reader());
  in->set_raw_mode(true);
  EXPECT_EQ(log.take(), "error(ENOTTY)");
  EXPECT_FALSE(in->is_raw());
}

}  // namespace
}  // namespace weir
