// Files that outlive their Loop: it closes them in any state, and using them prints a warning.

#include "support/outliving_test.h"
#include "support/temporary_folder.h"
#include <weir/fs/file_handle.h>
#include <weir/fs/read_stream.h>
#include <weir/fs/write_stream.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace weir::fs {
namespace {

class FileOutlivesLoopTest : public test::OutlivingTest {
 protected:
  std::string path() const { return folder_.path("file"); }
  std::string quoted(const char* type) const { return fmt::format("{} '{}'", type, path()); }
  std::string content() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void run_until(const std::function<bool()>& reached) {
    while (!reached()) loop->poll();
  }
  Ref<FileHandle> opened(OpenFlags flags = "w+") {
    Ref<FileHandle> handle;
    open(*loop, path(), flags, [&](const Error& error, Ref<FileHandle> file) {
      EXPECT_FALSE(error);
      handle = std::move(file);
    });
    loop->run();
    handle->on<Close>([handle, owned = owned] {});
    return handle;
  }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(FileOutlivesLoopTest, AFileHandleWithAnIdleStreamCallsNoListener) {
  auto handle = opened();
  handle->on<Close>([not_called = never()] { not_called(); });
  auto stream = kept(handle->create_write_stream());
  loop_goes();
  EXPECT_TRUE(stream->closed());
}

TEST_F(FileOutlivesLoopTest, AWriteStreamThatIsOpen) {
  auto log = kept(create_write_stream(*loop, path()));
  log->write("abc\n");
  loop->run();
  loop_goes();
  EXPECT_EQ(content(), "abc\n");
  EXPECT_FALSE(log->errored());
  EXPECT_FALSE(log->fd());
  expect_inert_writable(*log, quoted("WriteStream"));
  EXPECT_EQ(warned([&] { log->close(never()); }), "");
}

TEST_F(FileOutlivesLoopTest, AWriteStreamThatIsNotOpenYet) {
  auto fresh = kept(create_write_stream(*loop, path()));
  fresh->write("lost", never());
  loop_goes();
  EXPECT_EQ(fresh->errored().code(), weir::Errc::stream_destroyed);
  expect_inert_writable(*fresh, quoted("WriteStream"));
}

TEST_F(FileOutlivesLoopTest, AWriteStreamWhoseOpenIsUnderWay) {
  auto opening = kept(create_write_stream(*loop, path()));
  loop->ticks().drain();
  loop_goes();
  expect_inert_writable(*opening, quoted("WriteStream"));
}

TEST_F(FileOutlivesLoopTest, AWriteStreamWhoseWriteIsUnderWay) {
  for (const WriteMode mode : {WriteMode::in_place, WriteMode::pool}) {
    for (const bool flush : {false, true}) {
      if (!loop) loop.emplace();
      auto stream = kept(create_write_stream(
          *loop, path(), {.high_water_mark = 4, .flush = flush, .write_mode = mode}));
      loop->run();
      stream->write("abcd", never());
      stream->write("more", never());
      loop_goes();
      EXPECT_EQ(content(), "abcd");
      expect_inert_writable(*stream, quoted("WriteStream"));
    }
  }
}

TEST_F(FileOutlivesLoopTest, AWriteStreamThatIsDestroyedWhileItsWriteIsUnderWay) {
  auto stream = kept(create_write_stream(*loop, path(), {.high_water_mark = 4, .flush = true}));
  loop->run();
  stream->write("abcd", never());
  stream->destroy({}, never());
  loop_goes();
  expect_inert_writable(*stream, quoted("WriteStream"));
}

TEST_F(FileOutlivesLoopTest, AWriteStreamThatIsSyncedBeforeItCloses) {
  auto idle = kept(create_write_stream(*loop, path(), {.flush = true}));
  loop->run();
  loop_goes();
  loop.emplace();
  auto ending = kept(create_write_stream(*loop, path(), {.flush = true}));
  loop->run();
  ending->end("abc");
  loop->ticks().drain();
  loop_goes();
  expect_inert_writable(*idle, quoted("WriteStream"));
  expect_inert_writable(*ending, quoted("WriteStream"));
}

TEST_F(FileOutlivesLoopTest, AWriteStreamOnADescriptorThatItDoesNotClose) {
  auto stream = kept(create_write_stream(*loop, path(), {.auto_close = false}));
  loop->run();
  const int fd = stream->fd().value();
  loop.reset();
  EXPECT_NE(::fcntl(fd, F_GETFD), -1);
  ::close(fd);
  expect_inert_writable(*stream, quoted("WriteStream"));
}

TEST_F(FileOutlivesLoopTest, AWriteStreamOnADescriptorWithoutAName) {
  const int fd = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  auto stream = kept(create_write_stream(*loop, "", {.fd = fd}));
  loop_goes();
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
  expect_inert(*stream, "a WriteStream");
}

TEST_F(FileOutlivesLoopTest, AReadStreamInEachState) {
  std::ofstream(path()) << std::string(200'000, 'r');
  for (const ReadMode mode : {ReadMode::in_place, ReadMode::pool}) {
    if (!loop) loop.emplace();
    auto fresh = kept(create_read_stream(*loop, path()));
    loop->ticks().drain();
    auto full = kept(create_read_stream(*loop, path(), {.read_mode = mode}));
    full->on<ReadableEvent>([full, owned = owned] {});
    run_until([&] { return full->readable_length() > 0; });
    auto reading = kept(create_read_stream(*loop, path(), {.read_mode = mode}));
    reading->on<Open>([reading, this] { loop->stop(); });
    reading->resume();
    loop->run();
    auto destroyed = kept(create_read_stream(*loop, path(), {.read_mode = mode}));
    destroyed->on<Open>([&] {
      destroyed->destroy({}, never());
      loop->stop();
    });
    destroyed->resume();
    loop->run();
    loop_goes();
    for (const auto& stream : {fresh, full, reading, destroyed})
      expect_inert_readable(*stream, quoted("ReadStream"));
  }
}

TEST_F(FileOutlivesLoopTest, APipeFromFileToFile) {
  std::ofstream(path()) << std::string(20'000'000, 'p');
  auto from = kept(create_read_stream(*loop, path()));
  auto to = kept(create_write_stream(*loop, path() + "2"));
  from->pipe(to);
  run_until([&] { return to->bytes_written() > 0; });
  loop_goes();
  expect_inert_readable(*from, quoted("ReadStream"));
}

// The listener of Open ends the loop before the stream continues.
TEST_F(FileOutlivesLoopTest, AStreamWhoseFileWasOpenedJustNow) {
  std::ofstream(path()) << "text";
  const auto open_and_go = [&](auto stream) {
    stream->template on<Open>([] { throw Error("enough"); });
    EXPECT_THROW(loop->run(), Error);
    loop_goes();
    EXPECT_TRUE(stream->closed());
    loop.emplace();
  };
  open_and_go(kept(create_write_stream(*loop, path() + "2")));
  open_and_go(kept(create_read_stream(*loop, path())));
}

TEST_F(FileOutlivesLoopTest, AReadStreamWhoseRangesWaitForADestination) {
  std::ofstream{path()};
  ASSERT_EQ(::truncate(path().c_str(), 1 << 30), 0);
  auto from = kept(create_read_stream(*loop, path()));
  auto to = kept(create_write_stream(*loop, path() + "2"));
  from->pipe(to);
  run_until([&] { return from->readable_length() > 0; });
  loop_goes();
  EXPECT_EQ(from->readable_length(), 0u);
}

TEST_F(FileOutlivesLoopTest, AFileHandle) {
  auto handle = opened();
  loop_goes();
  EXPECT_FALSE(handle->fd());
  EXPECT_EQ(warned([&] {
              handle->write(Buffer::literal("x"),
                            [owned = owned](const Error&, std::size_t) { FAIL(); });
            }),
            "write() on " + quoted("FileHandle"));
  EXPECT_EQ(warned([&] {
              handle->read(1, {}, [owned = owned](const Error&, const Buffer&) { FAIL(); });
              handle->sync(never());
              handle->datasync(never());
              handle->close(never());
            }),
            "");
  EXPECT_THROW(handle->create_write_stream(), Error);
  EXPECT_THROW(handle->create_read_stream(), Error);
}

TEST_F(FileOutlivesLoopTest, AFileHandleWithCallsUnderWay) {
  auto handle = opened();
  handle->write(Buffer::literal("x"),
                [owned = owned, handle](const Error&, std::size_t) { FAIL(); });
  handle->read(1, 0, [owned = owned, handle](const Error&, const Buffer&) { FAIL(); });
  handle->sync([never = never(), handle]() mutable { never(); });
  loop_goes();
  EXPECT_FALSE(handle->fd());
  EXPECT_EQ(content(), "x");
}

TEST_F(FileOutlivesLoopTest, AFileHandleThatIsClosing) {
  auto handle = opened();
  handle->close([never = never(), handle]() mutable { never(); });
  loop_goes();
  EXPECT_FALSE(handle->fd());
}

TEST_F(FileOutlivesLoopTest, AFileHandleWithStreamsOnIt) {
  auto handle = opened();
  auto writing = kept(handle->create_write_stream({.high_water_mark = 4, .flush = true}));
  writing->write("abcd", never());
  auto closing_nothing = kept(handle->create_write_stream({.auto_close = false}));
  auto reading = kept(handle->create_read_stream());
  reading->resume();
  loop_goes();
  EXPECT_FALSE(handle->fd());
  expect_inert_writable(*writing, quoted("WriteStream"));
  expect_inert_writable(*closing_nothing, quoted("WriteStream"));
  expect_inert_readable(*reading, quoted("ReadStream"));
}

}  // namespace
}  // namespace weir::fs
