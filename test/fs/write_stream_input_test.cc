#include "support/file_test.h"
#include <weir/fs/write_stream.h>

#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace weir::fs {
namespace {

using BadInputTest = test::FileTest;

TEST_F(BadInputTest, NamesAMissingFolder) {
  auto stream = listened(create_write_stream(loop, path("no/such")));
  stream->write("a", cb("cb1"));
  stream->end(cb("endcb"));
  EXPECT_EQ(after_run(), "cb1(ENOENT) endcb(ENOENT) error(ENOENT) close");
  EXPECT_EQ(failure.what(), "ENOENT: no such file or directory, open '" + path("no/such") + "'");
}

TEST_F(BadInputTest, NamesAnEmptyPath) {
  auto stream = listened(create_write_stream(loop, ""));
  stream->end();
  EXPECT_EQ(after_run(), "error(ENOENT) close");
  EXPECT_STREQ(failure.what(), "ENOENT: no such file or directory, open ''");
}

TEST_F(BadInputTest, NamesADirectory) {
  auto stream = listened(create_write_stream(loop, path(".")));
  stream->end("a");
  EXPECT_EQ(after_run(), "error(EISDIR) close");
}

TEST_F(BadInputTest, NamesAFullDisk) {
  auto stream = listened(create_write_stream(loop, "/dev/full"));
  stream->end("a", cb("endcb"));
  EXPECT_EQ(after_run(), "open ready endcb(ENOSPC) error(ENOSPC) close");
  EXPECT_STREQ(failure.what(), "ENOSPC: no space left on device, write '/dev/full'");
}

TEST_F(BadInputTest, NamesAClosedDescriptor) {
  const int fd = ::open("/dev/null", O_WRONLY);
  ::close(fd);
  auto stream = listened(create_write_stream(loop, "gone", {.fd = fd}));
  stream->end("a", cb("endcb"));
  EXPECT_EQ(after_run(), "endcb(EBADF) error(EBADF) close");
}

TEST_F(BadInputTest, ThrowsOutOfRunWithoutAListener) {
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

TEST_F(BadInputTest, RefusesMeaninglessOptions) {
  EXPECT_EQ(thrown_by([&] { make({.start = -1}); }), "ERR_OUT_OF_RANGE");
  EXPECT_EQ(thrown_by([&] { make({.fd = -1}); }), "ERR_OUT_OF_RANGE");
  EXPECT_EQ(thrown_by([&] { make({.high_water_mark = -1}); }), "ERR_INVALID_ARG_VALUE");
  EXPECT_EQ(thrown_by([&] { make({.flags = "zz"}); }), "ERR_INVALID_ARG_VALUE");
  EXPECT_EQ(thrown_by([&] { make({.encoding = "nope"}); }), "ERR_INVALID_ARG_VALUE");
  EXPECT_EQ(thrown_by([&] { create_write_stream(loop, std::string("a\0b", 3)); }),
            "ERR_INVALID_ARG_VALUE");
}

TEST_F(BadInputTest, WarnsOfAStreamThatIsDroppedWithoutEnd) {
  std::string warned;
  loop.on_warning([&](const Warning& warning) { warned = warning.name; });
  create_write_stream(loop, path())->write("kept");
  loop.run();
  EXPECT_EQ(read(path()), "kept");
  EXPECT_EQ(warned, "UnendedStreamWarning");
}

}  // namespace
}  // namespace weir::fs
