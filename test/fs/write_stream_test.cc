#include <weir/fs/write_stream.h>

#include "fs/write_routes.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::fs {
namespace {

using WriteStreamTest = test::RouteTest;

TEST_P(WriteStreamTest, WritesItsPiecesInOrderAndEmitsItsEvents) {
  auto stream = make_real({.high_water_mark = 100});
  EXPECT_TRUE(stream->pending());
  EXPECT_EQ(stream->path(), path());
  EXPECT_TRUE(stream->write("Hello, ", cb("cb1")));
  EXPECT_TRUE(stream->write("World\n", cb("cb2")));
  stream->end("fin", cb("endcb"));
  EXPECT_EQ(stream->bytes_written(), 0u);
  EXPECT_EQ(after_run(), "open ready cb1 cb2 endcb finish close");
  EXPECT_EQ(read(path()), "Hello, World\nfin");
  EXPECT_EQ(stream->bytes_written(), 16u);
  EXPECT_TRUE(stream->pending());
}

TEST_P(WriteStreamTest, OpensNothingBeforeTheLoopRuns) {
  auto stream = make_real();
  EXPECT_FALSE(std::filesystem::exists(path()));
  stream->end();
  EXPECT_EQ(after_run(), "open ready finish close");
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_P(WriteStreamTest, DrainsOnceEverythingIsWritten) {
  auto stream = make_real({.high_water_mark = 4});
  EXPECT_TRUE(stream->write("abc", cb("cb1")));
  EXPECT_FALSE(stream->write("d", cb("cb2")));
  stream->once<Drain>([&] {
    EXPECT_EQ(stream->writable_length(), 0u);
    stream->end();
  });
  EXPECT_EQ(after_run(), "open ready drain cb1 cb2 finish close");
}

TEST_P(WriteStreamTest, MakesOneCallOfManySmallWrites) {
  auto stream = make({.high_water_mark = 16384});
  for (int i = 0; i < 1000; ++i) stream->print("{}\n", i % 10);
  stream->end();
  loop.run();
  EXPECT_EQ(files->count("write"), 1u);
  EXPECT_LE(files->most_views(), 2u);  // the first block of a slab is small
}

TEST_P(WriteStreamTest, HonoursItsMarkOverAMillionBytes) {
  auto stream = make_real({.high_water_mark = 1024});
  int i = 0;
  std::size_t peak = 0;
  Function<void()> write = [&] {
    while (i < 100'000) {
      const bool more = stream->print("Line {}\n", i++);
      peak = std::max(peak, stream->writable_length());
      if (!more) return void(stream->once<Drain>([&] { write(); }));
    }
    stream->end();
  };
  write();
  loop.run();
  std::string expected;
  for (int line = 0; line < 100'000; ++line) expected += fmt::format("Line {}\n", line);
  EXPECT_EQ(read(path()), expected);
  EXPECT_LT(peak, 1024u + 12u);
}

struct FlagsCase {
  const char* flags;
  const char* expected;
};

TEST_P(WriteStreamTest, OpensByNodesLetters) {
  for (const auto& [flags, expected] :
       {FlagsCase{"w", "XY"}, FlagsCase{"r+", "XYcdef"}, FlagsCase{"a", "abcdefXY"},
        FlagsCase{"w+", "XY"}, FlagsCase{"a+", "abcdefXY"}}) {
    put(path(), "abcdef");
    make_real({.flags = flags})->end("XY");
    loop.run();
    EXPECT_EQ(read(path()), expected) << flags;
  }
  log.take();
  put(path(), "abcdef");
  make_real({.flags = "wx"})->end(cb("endcb"));
  EXPECT_EQ(after_run(), "endcb(EEXIST) error(EEXIST) close");
  EXPECT_EQ(read(path()), "abcdef");
}

TEST_P(WriteStreamTest, WritesFromStartOn) {
  put(path(), "0123456789");
  make_real({.flags = "r+", .start = 3})->end("ABC");
  loop.run();
  EXPECT_EQ(read(path()), "012ABC6789");
}

TEST_P(WriteStreamTest, AppendersDoNotOverwriteEachOther) {
  auto a = make_real({.flags = "a"});
  auto b = make_real({.flags = "a"});
  for (int i = 0; i < 100; ++i) {
    a->write("a");
    b->write("b");
  }
  a->end();
  b->end();
  loop.run();
  EXPECT_EQ(read(path()).size(), 200u);
}

TEST_P(WriteStreamTest, CreatesWithTheModeItIsGiven) {
  make_real({.mode = 0600})->end();
  loop.run();
  struct ::stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_P(WriteStreamTest, WritesToADescriptorWithoutOpeningAndClosesIt) {
  const int fd = ::open(path().c_str(), O_CREAT | O_WRONLY, 0666);
  auto stream = make_at("", {.fd = fd});
  EXPECT_EQ(stream->fd(), fd);
  stream->end("text");
  EXPECT_EQ(after_run(), "finish close");
  EXPECT_EQ(read(path()), "text");
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST_P(WriteStreamTest, LeavesTheFileOpenWithoutAutoClose) {
  auto stream = make({.auto_close = false});
  stream->end("a", cb("endcb"));
  EXPECT_EQ(after_run(), "open ready endcb finish");
  EXPECT_FALSE(stream->destroyed());
  EXPECT_EQ(files->open_files(), 1u);
  stream->close(cb("closecb"));
  stream->destroy();
  EXPECT_EQ(after_run(), "close closecb");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_P(WriteStreamTest, WithoutAutoCloseAFailedStreamClosesOnRequest) {
  auto stream = make({.auto_close = false});
  files->fail_next("write", ENOSPC);
  stream->write("a");
  EXPECT_EQ(after_run(), "open ready error(ENOSPC)");
  EXPECT_EQ(files->open_files(), 1u);
  stream->close(cb("closecb"));
  EXPECT_EQ(after_run(), "close closecb");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_P(WriteStreamTest, WithoutAutoCloseAStreamThatFailsWhileItClosesDoesClose) {
  auto stream = make({.auto_close = false});
  files->fail_next("write", ENOSPC);
  stream->write("a");
  stream->close(cb("closecb"));
  EXPECT_EQ(after_run(), "open ready error(ENOSPC) close closecb");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_P(WriteStreamTest, WritesThroughAPipeThatCannotSeek) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  make_at(fmt::format("/proc/self/fd/{}", ends[1]))->end("through");
  loop.run();
  char text[16];
  EXPECT_EQ(std::string(text, static_cast<std::size_t>(::read(ends[0], text, sizeof text))),
            "through");
  ::close(ends[0]);
  ::close(ends[1]);
}

WEIR_ON_EVERY_ROUTE(WriteStreamTest);

}  // namespace
}  // namespace weir::fs
