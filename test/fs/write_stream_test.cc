#include <weir/fs/write_stream.h>

#include "support/file_test.h"

#include <cerrno>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::fs {
namespace {

using WriteStreamTest = test::FileTest;

TEST_F(WriteStreamTest, WritesItsPiecesInOrderAndTellsOfItsLife) {
  auto stream = make_real();
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

TEST_F(WriteStreamTest, OpensNothingBeforeTheLoopRuns) {
  auto stream = make_real();
  EXPECT_FALSE(std::filesystem::exists(path()));
  stream->end();
  EXPECT_EQ(after_run(), "open ready finish close");
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(WriteStreamTest, DrainsOnceEverythingIsWritten) {
  auto stream = make_real({.high_water_mark = 4});
  EXPECT_TRUE(stream->write("abc", cb("cb1")));
  EXPECT_FALSE(stream->write("d", cb("cb2")));
  stream->once<Drain>([&] {
    EXPECT_EQ(stream->writable_length(), 0u);
    stream->end();
  });
  EXPECT_EQ(after_run(), "open ready drain cb1 cb2 finish close");
}

TEST_F(WriteStreamTest, MakesOneCallOfManySmallWrites) {
  auto stream = make();
  for (int i = 0; i < 1000; ++i) stream->print("{}\n", i % 10);
  stream->end();
  loop.run();
  EXPECT_EQ(files->count("write"), 1u);
  EXPECT_LE(files->most_views(), 2u);  // the first block of a slab is small
}

TEST_F(WriteStreamTest, HonoursItsMarkOverAMillionBytes) {
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

TEST_F(WriteStreamTest, OpensByNodesLetters) {
  for (const auto& [flags, expected] :
       {FlagsCase{"w", "XY"}, FlagsCase{"r+", "XYcdef"}, FlagsCase{"a", "abcdefXY"},
        FlagsCase{"w+", "XY"}, FlagsCase{"a+", "abcdefXY"}}) {
    put(path(), "abcdef");
    create_write_stream(loop, path(), {.flags = flags})->end("XY");
    loop.run();
    EXPECT_EQ(read(path()), expected) << flags;
  }
  put(path(), "abcdef");
  make_real({.flags = "wx"})->end(cb("endcb"));
  EXPECT_EQ(after_run(), "endcb(EEXIST) error(EEXIST) close");
  EXPECT_EQ(read(path()), "abcdef");
}

TEST_F(WriteStreamTest, WritesFromStartOn) {
  put(path(), "0123456789");
  create_write_stream(loop, path(), {.flags = "r+", .start = 3})->end("ABC");
  loop.run();
  EXPECT_EQ(read(path()), "012ABC6789");
}

TEST_F(WriteStreamTest, AppendersDoNotOverwriteEachOther) {
  auto a = create_write_stream(loop, path(), {.flags = "a"});
  auto b = create_write_stream(loop, path(), {.flags = "a"});
  for (int i = 0; i < 100; ++i) {
    a->write("a");
    b->write("b");
  }
  a->end();
  b->end();
  loop.run();
  EXPECT_EQ(read(path()).size(), 200u);
}

TEST_F(WriteStreamTest, CreatesWithTheModeItIsGiven) {
  create_write_stream(loop, path(), {.mode = 0600})->end();
  loop.run();
  struct ::stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(WriteStreamTest, WritesToADescriptorWithoutOpeningAndClosesIt) {
  const int fd = ::open(path().c_str(), O_CREAT | O_WRONLY, 0666);
  auto stream = listened(create_write_stream(loop, "", {.fd = fd}));
  EXPECT_EQ(stream->fd(), fd);
  stream->end("text");
  EXPECT_EQ(after_run(), "finish close");
  EXPECT_EQ(read(path()), "text");
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST_F(WriteStreamTest, LeavesTheFileOpenWithoutAutoClose) {
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

TEST_F(WriteStreamTest, WritesThroughAPipeThatCannotSeek) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  create_write_stream(loop, fmt::format("/proc/self/fd/{}", ends[1]))->end("through");
  loop.run();
  char text[16];
  EXPECT_EQ(std::string(text, static_cast<std::size_t>(::read(ends[0], text, sizeof text))),
            "through");
  ::close(ends[0]);
  ::close(ends[1]);
}

// --- Faults ---

TEST_F(WriteStreamTest, OrderSurvivesShortWritesAndEagain) {
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

TEST_F(WriteStreamTest, GivesUpWhereWritesTakeNothing) {
  files->accept_at_most(0);
  auto stream = make();
  stream->end("a", cb("endcb"));
  EXPECT_EQ(after_run(), "open ready endcb(ERR_SYSTEM_ERROR) error(ERR_SYSTEM_ERROR) close");
  EXPECT_EQ(files->count("write"), 6u);
}

TEST_F(WriteStreamTest, TakesWhatFitsAndNamesTheFullDiskAtEveryOffset) {
  const std::string text = "0123456789abcdef";
  for (std::size_t room = 0; room < text.size(); ++room) {
    Loop own;
    auto disk = make_ref<test::FaultyFiles>(own);
    disk->break_at(room, ENOSPC);
    auto stream = create_write_stream(own, "x", {.high_water_mark = 4, .file_ops = disk});
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

TEST_F(WriteStreamTest, AFailedFsyncIsFinal) {
  files->fail_next("fsync", EIO);
  auto stream = make({.flush = true});
  stream->end("a", cb("endcb"));
  EXPECT_EQ(after_run(), "open ready endcb finish error(EIO) close");
  EXPECT_EQ(files->calls(), "open write fsync close");
  EXPECT_EQ(failure.syscall(), "fsync");
}

TEST_F(WriteStreamTest, ReportsAFailedClose) {
  files->fail_next("close", EIO);
  make()->end("a");
  EXPECT_EQ(after_run(), "open ready finish error(EIO) close");
}

TEST_F(WriteStreamTest, SplitsMoreChunksThanOneCallTakes) {
  auto stream = make({.high_water_mark = 1 << 30});
  const auto chunk = Buffer::adopt(std::string(5000, 'x'));  // too large to be merged
  for (int i = 0; i < 3000; ++i) stream->write(chunk);
  stream->end();
  loop.run();
  EXPECT_EQ(files->content().size(), 15'000'000u);
  EXPECT_LE(files->most_views(), 1024u);
  EXPECT_EQ(files->count("write"), 3u);
}

TEST_F(WriteStreamTest, DestroyWaitsForTheWriteUnderWayAndThenCloses) {
  auto stream = make();
  loop.run();
  log.take();
  files->hold_writes();
  stream->write("a", cb("cb1"));
  loop.run();
  ASSERT_TRUE(files->holds_any());
  stream->write("b", cb("cb2"));
  stream->destroy(Error("boom"));
  loop.run();
  EXPECT_EQ(files->count("close"), 0u);
  files->release();
  EXPECT_EQ(after_run(), "cb1(ERR_STREAM_DESTROYED) cb2(boom) error() close");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_F(WriteStreamTest, DestroyWhileOpeningClosesWhatWasOpened) {
  auto stream = make();
  stream->write("a", cb("cb1"));
  stream->destroy();
  EXPECT_EQ(after_run(), "cb1(ERR_STREAM_DESTROYED) open ready close");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_F(WriteStreamTest, ALoopThatGoesFirstClosesTheFileAndCallsNobody) {
  Ref<WriteStream> stream;
  int fd = -1;
  {
    Loop short_lived;
    auto real = create_write_stream(short_lived, path());
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

// --- What the user sees of bad input ---

TEST_F(WriteStreamTest, NamesAMissingFolder) {
  auto stream = listened(create_write_stream(loop, path("no/such")));
  stream->write("a", cb("cb1"));
  stream->end(cb("endcb"));
  EXPECT_EQ(after_run(), "cb1(ENOENT) endcb(ENOENT) error(ENOENT) close");
  EXPECT_EQ(failure.what(), "ENOENT: no such file or directory, open '" + path("no/such") + "'");
}

TEST_F(WriteStreamTest, NamesAnEmptyPath) {
  auto stream = listened(create_write_stream(loop, ""));
  stream->end();
  EXPECT_EQ(after_run(), "error(ENOENT) close");
  EXPECT_STREQ(failure.what(), "ENOENT: no such file or directory, open ''");
}

TEST_F(WriteStreamTest, NamesADirectory) {
  auto stream = listened(create_write_stream(loop, path(".")));
  stream->end("a");
  EXPECT_EQ(after_run(), "error(EISDIR) close");
}

TEST_F(WriteStreamTest, NamesAFullDisk) {
  auto stream = listened(create_write_stream(loop, "/dev/full"));
  stream->end("a", cb("endcb"));
  EXPECT_EQ(after_run(), "open ready endcb(ENOSPC) error(ENOSPC) close");
  EXPECT_STREQ(failure.what(), "ENOSPC: no space left on device, write '/dev/full'");
}

TEST_F(WriteStreamTest, NamesAClosedDescriptor) {
  const int fd = ::open("/dev/null", O_WRONLY);
  ::close(fd);
  auto stream = listened(create_write_stream(loop, "gone", {.fd = fd}));
  stream->end("a", cb("endcb"));
  EXPECT_EQ(after_run(), "endcb(EBADF) error(EBADF) close");
}

TEST_F(WriteStreamTest, ThrowsOutOfRunWhereNobodyListens) {
  create_write_stream(loop, path("no/such"))->end();
  try {
    loop.run();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.name(), "ENOENT");
  }
}

template <class F>
std::string thrown_by(F call) {
  try {
    call();
  } catch (const Error& error) {
    return std::string(error.name());
  }
  return "nothing";
}

TEST_F(WriteStreamTest, RefusesWhatCannotBeMeant) {
  EXPECT_EQ(thrown_by([&] { make({.start = -1}); }), "ERR_OUT_OF_RANGE");
  EXPECT_EQ(thrown_by([&] { make({.fd = -1}); }), "ERR_OUT_OF_RANGE");
  EXPECT_EQ(thrown_by([&] { make({.high_water_mark = -1}); }), "ERR_INVALID_ARG_VALUE");
  EXPECT_EQ(thrown_by([&] { make({.flags = "zz"}); }), "ERR_INVALID_ARG_VALUE");
  EXPECT_EQ(thrown_by([&] { make({.encoding = "nope"}); }), "ERR_UNKNOWN_ENCODING");
  EXPECT_EQ(thrown_by([&] { create_write_stream(loop, std::string("a\0b", 3)); }),
            "ERR_INVALID_ARG_VALUE");
}

TEST_F(WriteStreamTest, WarnsOfAStreamThatIsDroppedWithoutEnd) {
  std::string warned;
  loop.on_warning([&](const Warning& warning) { warned = warning.name; });
  create_write_stream(loop, path())->write("kept");
  loop.run();
  EXPECT_EQ(read(path()), "kept");
  EXPECT_EQ(warned, "UnendedStreamWarning");
}

}  // namespace
}  // namespace weir::fs
