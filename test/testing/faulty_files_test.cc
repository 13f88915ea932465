#include <weir/testing/faulty_files.h>

#include <weir/fs/write_stream.h>
#include <weir/testing/event_log.h>

#include <cerrno>

#include <gtest/gtest.h>

namespace weir::test {
namespace {

class FaultyFilesTest : public ::testing::Test {
 protected:
  Ref<fs::WriteStream> open() {
    auto stream = fs::create_write_stream(loop, "x", {.file_ops = files});
    log.listen(*stream);
    return stream;
  }

  Loop loop;
  EventLog log;
  Ref<FaultyFiles> files = make_ref<FaultyFiles>(loop);
};

TEST_F(FaultyFilesTest, TakeAWriteInParts) {
  files->accept_at_most(3);
  open()->end("abcdefgh");
  loop.run();
  EXPECT_EQ(files->content(), "abcdefgh");
  EXPECT_EQ(files->calls(), "open write write write close");
  EXPECT_EQ(log.take(), "prefinish finish close");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_F(FaultyFilesTest, FailTheCallThatTheTestNames) {
  files->fail_next("write", ENOSPC);
  open()->end("abc");
  loop.run();
  EXPECT_EQ(log.take(), "error(ENOSPC) close");
  EXPECT_EQ(files->content(), "");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_F(FaultyFilesTest, BreakAtAnOffset) {
  files->break_at(5, EIO);
  open()->end("abcdefgh");
  loop.run();
  EXPECT_EQ(files->content(), "abcde");
  EXPECT_EQ(log.take(), "error(EIO) close");
}

TEST_F(FaultyFilesTest, HoldCallsUntilTheyAreReleased) {
  files->hold_writes();
  open()->end("abc");
  loop.run();
  EXPECT_EQ(log.take(), "");
  EXPECT_TRUE(files->holds_any());
  files->release();
  loop.run();
  EXPECT_EQ(log.take(), "prefinish finish close");
}

}  // namespace
}  // namespace weir::test
