#include "fs/write_routes.h"
#include <weir/fs/write_stream.h>

#include <cerrno>
#include <cstddef>
#include <string>

#include <fcntl.h>

namespace weir::fs {
namespace {

using FaultTest = test::RouteTest;

TEST_P(FaultTest, OrderSurvivesShortWritesAndEagain) {
  files->accept_at_most(3);
  files->fail_next("write", EAGAIN);
  auto stream = make();
  stream->write("abcdefgh", cb("cb1"));
  stream->write("ij", cb("cb2"));
  stream->end(cb("endcb"));
  EXPECT_EQ(after_run(), "open ready cb1 cb2 endcb finish close");
  EXPECT_EQ(files->content(), "abcdefghij");
  EXPECT_EQ(stream->bytes_written(), 10u);
}

TEST_P(FaultTest, GivesUpWhereWritesTakeNothing) {
  files->accept_at_most(0);
  auto stream = make();
  stream->end("a", cb("endcb"));
  EXPECT_EQ(after_run(), "open ready endcb(ERR_SYSTEM_ERROR) error(ERR_SYSTEM_ERROR) close");
  EXPECT_EQ(files->count("write"), 6u);
}

TEST_P(FaultTest, WritesUpToTheFullDiskAndNamesItAtEveryOffset) {
  const std::string text = "0123456789abcdef";
  for (std::size_t room = 0; room < text.size(); ++room) {
    Loop own;
    auto disk = files_on(own);
    disk->break_at(room, ENOSPC);
    auto stream = create_write_stream(own, "x", routed({.high_water_mark = 4, .file_ops = disk}));
    std::size_t acknowledged = 0;
    std::size_t called = 0;
    Error seen;
    stream->on<Error>([&](const Error& error) { seen = error; });
    for (std::size_t i = 0; i < text.size(); i += 2)
      stream->write(text.substr(i, 2), [&](const Error& error) {
        ++called;
        if (!error) acknowledged += 2;
      });
    stream->end();
    own.run();
    EXPECT_STREQ(seen.what(), "ENOSPC: no space left on device, write 'x'") << room;
    EXPECT_EQ(called, text.size() / 2) << room;
    EXPECT_LE(acknowledged, room);
    EXPECT_EQ(disk->content(), text.substr(0, room));
    EXPECT_EQ(stream->bytes_written(), room);
    EXPECT_EQ(disk->open_files(), 0u);
  }
}

TEST_P(FaultTest, AFailedFsyncIsFinal) {
  files->fail_next("fsync", EIO);
  auto stream = make({.flush = true});
  stream->end("a", cb("endcb"));
  EXPECT_EQ(after_run(), "open ready endcb finish error(EIO) close");
  EXPECT_EQ(files->calls(), "open write fsync close");
  EXPECT_EQ(failure.syscall(), "fsync");
}

TEST_P(FaultTest, ReportsAFailedClose) {
  files->fail_next("close", EIO);
  make()->end("a");
  EXPECT_EQ(after_run(), "open ready finish error(EIO) close");
}

TEST_P(FaultTest, SplitsMoreChunksThanOneCallTakes) {
  auto stream = make({.high_water_mark = 1 << 30});
  const auto chunk = Buffer::adopt(std::string(5000, 'x'));  // too large to be merged
  for (int i = 0; i < 3000; ++i) stream->write(chunk);
  stream->end();
  loop.run();
  EXPECT_EQ(files->content().size(), 15'000'000u);
  EXPECT_LE(files->most_views(), 1024u);
  EXPECT_EQ(files->count("write"), 3u);
}

TEST_P(FaultTest, DestroyWaitsForTheWriteUnderWayAndThenCloses) {
  auto stream = make();
  loop.run();
  log.take();
  files->hold_writes();
  stream->write("a", cb("cb1"));
  ASSERT_EQ(files->count("write"), 1u);
  ASSERT_EQ(files->written_here(), goes_here() ? 1u : 0u);
  stream->write("b", cb("cb2"));
  stream->destroy(Error("boom"));
  if (!goes_here()) loop.run();  // an inline write is already done
  EXPECT_EQ(files->count("close"), 0u);
  files->release();
  EXPECT_EQ(after_run(), "cb1(ERR_STREAM_DESTROYED) cb2(boom) error() close");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_P(FaultTest, DestroyWhileOpeningClosesTheOpenedFile) {
  auto stream = make();
  stream->write("a", cb("cb1"));
  stream->destroy();
  EXPECT_EQ(after_run(), "cb1(ERR_STREAM_DESTROYED) open ready close");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_P(FaultTest, ALoopThatIsDestroyedFirstClosesTheFileAndRunsNoCallback) {
  int fd = -1;
  {
    Loop short_lived;
    auto real = create_write_stream(short_lived, path(), routed({.high_water_mark = 100}));
    real->on<Open>([&](const Open& open) {
      fd = open.fd;
      short_lived.stop();
    });
    real->write("abc", [](const Error&) { ADD_FAILURE() << "called from a loop that is gone"; });
    short_lived.run();
  }
  ASSERT_GE(fd, 0);
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

WEIR_ON_EVERY_ROUTE(FaultTest);

}  // namespace
}  // namespace weir::fs
