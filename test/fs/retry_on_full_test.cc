// Writes to a full file system, by a stream that waits for space.

#include "fs/write_routes.h"
#include <weir/fs/replacing_stream.h>
#include <weir/fs/write_stream.h>
#include <weir/loop/stepped_clock.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace weir::fs {
namespace {

using std::chrono_literals::operator""s;

constexpr std::size_t kPlenty = std::numeric_limits<std::size_t>::max();

class RetryOnFullTest : public test::RouteTest {
 protected:
  Ref<WriteStream> waiting(WriteStreamOptions options = {}) {
    options.retry_on_full = 1s;
    auto stream = make(std::move(options));
    stream->on<Full>([this](const Full& full) {
      log.add("full");
      lack = full.error;
    });
    stream->on<SpaceFreed>([this] { log.add("freed"); });
    return stream;
  }
  // All work that does not wait for time.
  std::string after_turns() {
    for (int i = 0; i < 30; ++i) loop.poll();
    return log.take();
  }

  SteppedClock clock{loop};
  Error lack;
};

TEST_P(RetryOnFullTest, ContinuesAtTheExactByteOnceThereIsSpace) {
  constexpr std::string_view kText = "0123456789abcdef";
  for (const int error : {ENOSPC, EDQUOT})
    for (const OpenFlags flags : {OpenFlags("w"), OpenFlags("a")})
      for (std::size_t room = 0; room < kText.size(); ++room) {
        SCOPED_TRACE(room);
        files = files_on(loop);
        files->break_at(room, error);
        auto stream = waiting({.high_water_mark = 4, .flags = flags});
        std::size_t acknowledged = 0;
        for (std::size_t i = 0; i < kText.size(); i += 2)
          stream->write(kText.substr(i, 2), [&](const Error& failed) {
            EXPECT_FALSE(failed);
            acknowledged += 2;
            EXPECT_LE(acknowledged, files->content().size());
          });
        stream->end();
        EXPECT_EQ(after_turns(), "open ready full");
        EXPECT_EQ(lack.what(), std::string(error == ENOSPC ? "ENOSPC: no space left on device"
                                                           : "EDQUOT: disk quota exceeded") +
                                   ", write 'x'");
        EXPECT_EQ(files->content(), kText.substr(0, room));
        EXPECT_EQ(stream->bytes_written(), room);
        EXPECT_LE(acknowledged, room);
        clock.pass(1s);  // still full
        EXPECT_EQ(after_turns(), "");
        files->break_at(kPlenty, 0);
        clock.pass(1s);
        EXPECT_EQ(after_turns(), "freed finish close");
        EXPECT_EQ(files->content(), kText);
        EXPECT_EQ(acknowledged, kText.size());
        EXPECT_EQ(files->open_files(), 0u);
      }
}

TEST_P(RetryOnFullTest, WritesWithoutProgressAreInARowOnlyWithoutAFullDiskBetweenThem) {
  auto stream = waiting();
  stream->end("text");
  for (int i = 0; i < 20; ++i) {
    files->fail_next("write", EAGAIN);
    files->fail_next("write", ENOSPC);
  }
  EXPECT_EQ(after_turns(), "open ready full");
  for (int i = 0; i < 19; ++i) {
    clock.pass(1s);
    EXPECT_EQ(after_turns(), "");
  }
  clock.pass(1s);
  EXPECT_EQ(after_turns(), "freed finish close");
  EXPECT_EQ(files->content(), "text");
}

TEST_P(RetryOnFullTest, ReportsEachTimeThatTheDiskIsFullOnce) {
  auto stream = waiting();
  files->break_at(1, ENOSPC);
  stream->write("ab");
  EXPECT_EQ(after_turns(), "open ready full");
  for (int i = 0; i < 5; ++i) clock.pass(1s);
  files->break_at(3, ENOSPC);  // room for one byte more than is missing
  clock.pass(1s);
  EXPECT_EQ(after_turns(), "drain freed");
  stream->write("cd");
  EXPECT_EQ(after_turns(), "full");
  files->break_at(kPlenty, 0);
  clock.pass(1s);
  EXPECT_EQ(after_turns(), "drain freed");
  EXPECT_EQ(files->content(), "abcd");
}

TEST_P(RetryOnFullTest, KeepsBackpressureWhileTheDiskIsFull) {
  auto stream = waiting({.high_water_mark = 4});
  files->break_at(0, ENOSPC);
  EXPECT_FALSE(stream->write("abcdef"));
  EXPECT_EQ(after_turns(), "open ready full");
  EXPECT_EQ(stream->writable_length(), 6u);
  EXPECT_TRUE(stream->writable_need_drain());
  EXPECT_FALSE(stream->write("gh"));
  files->break_at(kPlenty, 0);
  clock.pass(1s);
  EXPECT_EQ(after_turns(), "freed drain");
  EXPECT_EQ(files->content(), "abcdefgh");
}

TEST_P(RetryOnFullTest, ADestroyEndsTheWaitAtOnce) {
  auto stream = waiting();
  files->break_at(1, ENOSPC);
  stream->write("ab", cb("cb1"));
  stream->write("cd", cb("cb2"));
  EXPECT_EQ(after_turns(), "open ready full");
  stream->destroy();
  EXPECT_EQ(
      after_turns(),
      "cb1(ERR_STREAM_DESTROYED) cb2(ERR_STREAM_DESTROYED) error(ERR_STREAM_DESTROYED) close");
  EXPECT_EQ(files->content(), "a");
  EXPECT_EQ(files->open_files(), 0u);
}

TEST_P(RetryOnFullTest, ADestroyAfterTheEndEndsTheWaitAtOnce) {
  auto stream = waiting();
  files->break_at(1, ENOSPC);
  stream->write("ab", cb("cb"));
  stream->end(cb("endcb"));
  EXPECT_EQ(after_turns(), "open ready full");
  stream->destroy();
  EXPECT_EQ(
      after_turns(),
      "cb(ERR_STREAM_DESTROYED) endcb(ERR_STREAM_DESTROYED) error(ERR_STREAM_DESTROYED) close");
}

TEST_P(RetryOnFullTest, AListenerOfFullMayDestroyTheStream) {
  auto stream = waiting();
  files->break_at(0, ENOSPC);
  stream->on<Full>([&] { stream->destroy(); });
  stream->write("ab", cb("cb"));
  EXPECT_EQ(after_turns(),
            "open ready full cb(ERR_STREAM_DESTROYED) error(ERR_STREAM_DESTROYED) close");
}

TEST_P(RetryOnFullTest, ALoopThatEndsMeanwhileClosesTheFile) {
  std::optional<Loop> own(std::in_place);
  SteppedClock own_clock(*own);
  auto disk = files_on(*own);
  disk->break_at(1, ENOSPC);
  auto options = routed({.file_ops = disk});
  options.retry_on_full = 1s;
  auto stream = create_write_stream(*own, "x", std::move(options));
  bool called = false;
  stream->write("ab", [&] { called = true; });
  for (int i = 0; i < 30; ++i) own->poll();
  ASSERT_EQ(stream->bytes_written(), 1u);
  own.reset();
  EXPECT_FALSE(called);
  EXPECT_EQ(disk->open_files(), 0u);
}

TEST_P(RetryOnFullTest, OtherErrorsFailTheStream) {
  auto stream = waiting();
  files->break_at(1, EIO);
  stream->write("ab", cb("cb"));
  EXPECT_EQ(after_turns(), "open ready cb(EIO) error(EIO) close");
}

WEIR_ON_EVERY_ROUTE(RetryOnFullTest);

using RetryOnFullOptionTest = test::FileTest;

TEST_F(RetryOnFullOptionTest, ANegativeTimeIsRefused) {
  EXPECT_THROW(make({.retry_on_full = std::chrono::milliseconds(-1)}), Error);
  EXPECT_THROW(create_replacing_stream(loop, path(), {.retry_on_full = std::chrono::seconds(-1)}),
               Error);
}

TEST_F(RetryOnFullOptionTest, TheSystemsFullDeviceIsWaitedForUntilADestroy) {
  auto stream = listened(create_write_stream(loop, "/dev/full", {.retry_on_full = 1s}));
  stream->on<Full>([&] {
    log.add("full");
    stream->destroy();
  });
  stream->end("text", cb("endcb"));
  EXPECT_EQ(after_run(),
            "open ready full endcb(ERR_STREAM_DESTROYED) error(ERR_STREAM_DESTROYED) close");
}

}  // namespace
}  // namespace weir::fs
