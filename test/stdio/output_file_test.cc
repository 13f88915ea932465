#include "stdio/stdio_test.h"

#include <cstdio>
#include <string>

#include <gtest/gtest.h>

namespace weir {
namespace {

class OutputFileTest : public test::StdioTest {
 protected:
  OutputFileTest() : file_(std::tmpfile()), fd(::fileno(file_)) {}
  ~OutputFileTest() override { std::fclose(file_); }

  std::string content() const {
    std::string text(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), ' ');
    EXPECT_EQ(::pread(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }

 private:
  std::FILE* file_;

 protected:
  int fd;
};

TEST_F(OutputFileTest, HasWrittenWhenWriteReturns) {
  const auto out = output(fd);
  EXPECT_EQ(out->kind(), DescriptorKind::file);
  const std::string much(1'000'000, 'x');
  EXPECT_TRUE(out->write(much));
  EXPECT_EQ(out->writable_length(), 0u);
  EXPECT_EQ(content(), much);
}

TEST_F(OutputFileTest, CallsBackOnATick) {
  output(fd)->write("a", cb("cb"));
  loop.next_tick(says("tick"));
  log.add("sync");
  EXPECT_EQ(after_run(), "sync cb tick close");
}

TEST_F(OutputFileTest, RefusesASyncByNameAndContinues) {
  const auto out = output(fd);
  out->write("a");
  out->sync(cb("synced"));
  EXPECT_EQ(after_run(), "synced(ERR_METHOD_NOT_IMPLEMENTED)");
  out->write("b", cb("cb"));
  EXPECT_EQ(after_run(), "cb");
  EXPECT_EQ(content(), "ab");
}

TEST_F(OutputFileTest, FinishesInTheOrderOfNode) {
  const auto out = output(fd);
  out->end("bye", cb("endcb"));
  loop.next_tick(says("tick"));
  loop.set_immediate(says("immediate"));
  EXPECT_EQ(after_run(), "prefinish endcb finish tick close immediate");
}

TEST_F(OutputFileTest, TakesWritesAfterItsEnd) {
  const auto out = output(fd);
  out->end("A");
  loop.run();
  EXPECT_TRUE(out->write("B", cb("cb")));
  loop.run();
  out->end("C");
  EXPECT_EQ(after_run(), "prefinish finish close cb prefinish finish close");
  EXPECT_EQ(content(), "ABC");
}

TEST_F(OutputFileTest, FailsWhereTheDiskIsFull) {
  const test::Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const auto out = output(full.get());
  EXPECT_EQ(out->kind(), DescriptorKind::file);
  out->write("x", cb("cb"));
  EXPECT_EQ(after_run(), "cb(ENOSPC) error(ENOSPC) close");
  out->write("y", cb("cb"));
  EXPECT_EQ(after_run(), "cb(ENOSPC) error(ENOSPC) close");
}

TEST_F(OutputFileTest, DropsWritesToTheNullDevice) {
  const test::Fd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const auto out = output(null.get());
  EXPECT_EQ(out->kind(), DescriptorKind::null);
  EXPECT_TRUE(out->write("x", cb("cb")));
  EXPECT_EQ(after_run(), "cb");
}

TEST_F(OutputFileTest, TreatsAClosedDescriptorAsTheNullDevice) {
  const auto out = output(-1);
  EXPECT_EQ(out->kind(), DescriptorKind::null);
  out->write("x", cb("cb"));
  out->end();
  EXPECT_EQ(after_run(), "prefinish cb finish close");
}

TEST_F(OutputFileTest, DropsWritesToADescriptorThatTakesNoBytes) {
  const test::Fd folder(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto out = output(folder.get());
  EXPECT_EQ(out->kind(), DescriptorKind::unknown);
  out->write("x", cb("cb"));
  const test::SocketPair datagrams(SOCK_DGRAM);
  EXPECT_EQ(output(datagrams.writer())->kind(), DescriptorKind::unknown);
  EXPECT_EQ(after_run(), "cb close");
}

TEST_F(OutputFileTest, WritesNoControlSequencesIntoAFile) {
  const auto out = output(fd);
  EXPECT_FALSE(out->is_tty());
  EXPECT_EQ(out->columns(), std::nullopt);
  EXPECT_EQ(out->window_size(), std::nullopt);
  EXPECT_TRUE(out->cursor_to(3, cb("cb")));
  EXPECT_TRUE(out->clear_line());
  EXPECT_EQ(out->color_depth({{"TERM", "xterm-256color"}}), 1);
  EXPECT_EQ(out->color_depth({{"FORCE_COLOR", "3"}}), 24);
  EXPECT_EQ(after_run(), "cb");
  EXPECT_EQ(content(), "");
}

TEST_F(OutputFileTest, RefusesANegativeMark) {
  const Error error = test::thrown_by([&] { output(fd, {.high_water_mark = -1}); });
  EXPECT_EQ(error.name(), "ERR_INVALID_ARG_VALUE");
}

}  // namespace
}  // namespace weir
