// A stream is destroyed, or its loop ends, during an inline write.

#include "support/file_test.h"
#include <weir/fs/write_stream.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <fcntl.h>

namespace weir::fs {
namespace {

using std::chrono_literals::operator""ms;

class TeardownTest : public test::FileTest {
 protected:
  Ref<WriteStream> open_stream(WriteStreamOptions options = {}) {
    options.high_water_mark = 4;
    auto stream = make(std::move(options));
    loop.run();
    log.take();
    return stream;
  }
  void expect_closed() {
    EXPECT_EQ(files->open_files(), 0u);
    EXPECT_LE(files->count("close"), 1u);
  }
};

TEST_F(TeardownTest, DestroyedDuringASlowWriteItClosesAfterIt) {
  auto stream = open_stream();
  files->let_writes_take(50ms);
  files->during_write_here([&] {
    stream->destroy(Error("boom"));
    EXPECT_EQ(files->open_files(), 1u);
  });
  stream->write("abcd", cb("cb1"));
  EXPECT_EQ(log.take(), "");
  EXPECT_EQ(files->open_files(), 1u);
  EXPECT_EQ(after_run(), "cb1(ERR_STREAM_DESTROYED) error() close");
  EXPECT_EQ(files->content(), "abcd");
  EXPECT_EQ(files->count("write"), 1u);
  expect_closed();
}

TEST_F(TeardownTest, DestroyedRightAfterASlowWriteItClosesAfterIt) {
  auto stream = open_stream();
  files->let_writes_take(50ms);
  stream->write("abcd", cb("cb1"));
  stream->write("ef", cb("cb2"));
  stream->destroy();
  EXPECT_EQ(files->open_files(), 1u);
  EXPECT_EQ(
      after_run(),
      "cb1(ERR_STREAM_DESTROYED) cb2(ERR_STREAM_DESTROYED) error(ERR_STREAM_DESTROYED) close");
  EXPECT_EQ(files->content(), "abcd");
  expect_closed();
}

TEST_F(TeardownTest, AStopDuringASlowWriteDestroysAfterIt) {
  std::stop_source stop;
  auto stream = open_stream({.signal = stop.get_token()});
  files->during_write_here([&] { stop.request_stop(); });
  stream->write("abcd", cb("cb1"));
  EXPECT_EQ(after_run(), "cb1(ERR_STREAM_DESTROYED) error(ABORT_ERR) close");
  expect_closed();
}

TEST_F(TeardownTest, AFailedWriteOfADestroyedStreamIsReported) {
  auto stream = open_stream();
  files->fail_next("write", EIO);
  stream->write("abcd", cb("cb1"));
  stream->destroy();
  EXPECT_EQ(after_run(), "cb1(EIO) error(EIO) close");
  EXPECT_EQ(stream->bytes_written(), 0u);
  expect_closed();
}

TEST_F(TeardownTest, TheRestOfAShortWriteOfADestroyedStreamIsNotWritten) {
  auto stream = open_stream();
  files->accept_at_most(1);
  stream->write("abcd", cb("cb1"));
  stream->destroy();
  EXPECT_EQ(after_run(), "cb1(ERR_STREAM_DESTROYED) error(ERR_STREAM_DESTROYED) close");
  EXPECT_EQ(files->content(), "a");
  expect_closed();
}

TEST_F(TeardownTest, AWriteDuringAWriteFollowsIt) {
  auto stream = open_stream();
  files->during_write_here([&] {
    stream->write("efgh", cb("cb2"));
    stream->end("i", cb("endcb"));
  });
  stream->write("abcd", cb("cb1"));
  EXPECT_EQ(after_run(), "cb1 cb2 endcb finish close");
  EXPECT_EQ(files->content(), "abcdefghi");
  expect_closed();
}

TEST_F(TeardownTest, AStreamThatIsDroppedDuringAWriteEndsWell) {
  loop.on_warning([](const Warning&) {});
  auto stream = open_stream();
  files->during_write_here([&] { stream = nullptr; });
  WriteStream& dropped = *stream;
  dropped.write("abcd", cb("cb1"));
  EXPECT_EQ(after_run(), "drain cb1 close");
  EXPECT_EQ(files->content(), "abcd");
  expect_closed();
}

// --- The loop is destroyed first: no callback runs, no memory leaks, the file is closed. ---

class LoopDestroyedFirstTest : public testing::Test {
 protected:
  ~LoopDestroyedFirstTest() override {
    EXPECT_EQ(files->open_files(), 0u);
    EXPECT_EQ(owned.use_count(), 1) << "a callback was leaked";
  }

  Ref<WriteStream> open_stream(WriteStreamOptions options = {}) {
    options.high_water_mark = 4;
    options.file_ops = files;
    auto stream = create_write_stream(*loop, "x", std::move(options));
    loop->run();
    return stream;
  }
  Callback never() {
    return [owned = owned] { ADD_FAILURE() << "called from a loop that is gone"; };
  }
  // REQUIRES: no Ref to a stream is left.
  void loop_goes() {
    loop.reset();
    EXPECT_EQ(files->written_here(), 1u);
  }

  std::shared_ptr<int> owned = std::make_shared<int>();
  std::optional<Loop> loop{std::in_place};
  Ref<test::FaultyFiles> files = make_ref<test::FaultyFiles>(*loop);
};

TEST_F(LoopDestroyedFirstTest, WithACompletionStillDue) {
  open_stream()->write("abcd", never());
  loop_goes();
}

TEST_F(LoopDestroyedFirstTest, WithMoreWritesQueuedAfterIt) {
  auto stream = open_stream();
  stream->write("abcd", never());
  stream->write("more", never());
  stream = nullptr;
  loop_goes();
}

TEST_F(LoopDestroyedFirstTest, WithTheStreamEnded) {
  auto stream = open_stream();
  stream->write("abcd", never());
  stream->end(never());
  stream = nullptr;
  loop_goes();
}

TEST_F(LoopDestroyedFirstTest, WithTheStreamDestroyedAfterTheWrite) {
  auto stream = open_stream();
  stream->write("abcd", never());
  stream->destroy(Error("boom"), never());
  stream = nullptr;
  loop_goes();
}

TEST_F(LoopDestroyedFirstTest, WithTheStreamDestroyedDuringTheWrite) {
  auto stream = open_stream({.flush = true});
  files->during_write_here([&] { stream->destroy({}, never()); });
  stream->write("abcd", never());
  stream = nullptr;
  loop_goes();
}

TEST_F(LoopDestroyedFirstTest, WithTheRestOfAShortWriteDue) {
  auto stream = open_stream();
  files->accept_at_most(1);
  stream->write("abcd", never());
  stream = nullptr;
  loop_goes();
  EXPECT_EQ(files->content(), "a");
}

TEST_F(LoopDestroyedFirstTest, WithAFileHandlesStream) {
  open(
      *loop, "x", "w", 0666,
      [&](const Error&, Ref<FileHandle> handle) {
        handle->create_write_stream({.high_water_mark = 4})->write("abcd", never());
        loop->stop();
      },
      files);
  loop->poll();
  loop_goes();
}

TEST(LoopDestroyedFirstWithARealFileTest, WithAnImmediateDueAndARequestUnderWay) {
  Loop loop;
  const auto ops = system_file_ops(loop);
  loop.set_immediate([] { ADD_FAILURE(); });
  ops->close(::open("/dev/null", O_WRONLY | O_CLOEXEC), [](std::int64_t) { ADD_FAILURE(); });
}

// With the system's files: the completion releases the stream, which requests the close.
TEST(LoopDestroyedFirstWithARealFileTest, WithACompletionStillDue) {
  const std::string name = testing::TempDir() + "weir_loop_goes";
  int fd = -1;
  {
    Loop loop;
    auto stream = create_write_stream(loop, name, {.high_water_mark = 4});
    stream->on<Open>([&](const Open& open) { fd = open.fd; });
    stream->write("1");
    while (stream->bytes_written() < 1) loop.poll();
    stream->write("abcd", [](const Error&) { ADD_FAILURE(); });
  }
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
  std::filesystem::remove(name);
}

}  // namespace
}  // namespace weir::fs
