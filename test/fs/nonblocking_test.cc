// Descriptors that another process made non-blocking: a call waits until they are ready, and the
// wait ends with the stream, the file or the Loop.

#include "support/descriptors.h"
#include "support/file_test.h"
#include "support/numbered.h"
#include <weir/fs/file_handle.h>
#include <weir/fs/read_stream.h>
#include <weir/fs/write_stream.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace weir::fs {
namespace {

using test::numbered;
using test::open_descriptors;

// Two connected descriptors, of which the tested end is non-blocking.
struct Ends {
  int tested = -1;
  int other = -1;
};

Ends pipe_of(bool writes) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  return writes ? Ends{ends[1], ends[0]} : Ends{ends[0], ends[1]};
}
Ends fifo_of(bool writes, const std::string& path) {
  EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const int writer = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(::fcntl(reader, F_SETFL, 0), 0);
  return writes ? Ends{writer, reader} : Ends{reader, writer};
}
Ends sockets() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {ends[0], ends[1]};
}
Ends terminal() {
  const int controlling = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  EXPECT_EQ(::grantpt(controlling), 0);
  EXPECT_EQ(::unlockpt(controlling), 0);
  const int slave = ::open(::ptsname(controlling), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios raw{};
  EXPECT_EQ(::tcgetattr(slave, &raw), 0);
  ::cfmakeraw(&raw);
  EXPECT_EQ(::tcsetattr(slave, TCSANOW, &raw), 0);
  return {slave, controlling};
}

class NonblockingTest : public test::FileTest, public testing::WithParamInterface<std::string> {
 protected:
  NonblockingTest() : before_(open_descriptors()) {}
  ~NonblockingTest() override {
    if (other_ >= 0) ::close(other_);
  }

  int writing_end() { return non_blocking(ends(true)); }
  int reading_end() { return non_blocking(ends(false)); }
  int non_blocking(Ends ends) {
    other_ = ends.other;
    EXPECT_EQ(::fcntl(ends.tested, F_SETFL, ::fcntl(ends.tested, F_GETFL) | O_NONBLOCK), 0);
    opened_ = open_descriptors();
    return ends.tested;
  }
  // Writes until the descriptor is full; returns the number of bytes written.
  static std::size_t fill(int fd) {
    const std::string bytes(1000, '.');
    std::size_t filled = 0;
    pollfd watched{fd, POLLOUT, 0};
    // A terminal passes its data on with a delay, which is longer on a busy machine.
    const int patience = ::isatty(fd) ? 500 : 20;
    do {
      for (const std::size_t size : {bytes.size(), std::size_t{1}})  // a pipe takes no part of 1000
        for (ssize_t taken; (taken = ::write(fd, bytes.data(), size)) > 0;)
          filled += static_cast<std::size_t>(taken);
    } while (::poll(&watched, 1, patience) > 0);
    return filled;
  }

  // The wait has an epoll set.
  bool waits() const { return open_descriptors() == opened_ + 1; }
  void run_until(const std::function<bool()>& reached) {
    while (!reached()) loop.poll();
  }
  void run_until_it_waits() {
    run_until([this] { return waits(); });
  }
  bool reads_all(std::size_t filled, const std::string& content) {
    std::string got;
    std::array<char, 777> room{};
    while (got.size() < filled + content.size()) {
      const ssize_t count = ::read(other_, room.data(), room.size());
      if (count <= 0) return false;
      got.append(room.data(), static_cast<std::size_t>(count));
    }
    return std::string_view(got).substr(filled) == content;
  }
  void put_in(std::string_view text) {
    EXPECT_EQ(::write(other_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  Ref<WriteStream> writer(int fd, WriteStreamOptions options = {}) {
    options.fd = fd;
    return listened(create_write_stream(loop, "it", std::move(options)));
  }
  Ref<ReadStream> reader(int fd, ReadStreamOptions options = {}) {
    options.fd = fd;
    auto stream = create_read_stream(loop, "it", std::move(options));
    stream->on<Data>([this](const Data& data) { read_ += data.chunk.text(); });
    stream->on<End>([this] { log.add("end"); });
    stream->on<Error>([this](const Error& error) { log.add("error", error); });
    stream->on<Close>([this] { log.add("close"); });
    return stream;
  }
  std::size_t open_before_waits() const { return opened_; }
  void expect_nothing_open() {
    ::close(std::exchange(other_, -1));
    EXPECT_EQ(open_descriptors(), before_);
  }

  int other_ = -1;
  std::string read_;

 private:
  Ends ends(bool writes) {
    if (GetParam() == "pipe") return pipe_of(writes);
    if (GetParam() == "fifo") return fifo_of(writes, path());
    return GetParam() == "socket" ? sockets() : terminal();
  }

  std::size_t before_;
  std::size_t opened_ = 0;
};

INSTANTIATE_TEST_SUITE_P(OfEveryKind, NonblockingTest,
                         testing::Values("pipe", "fifo", "socket", "terminal"),
                         [](const auto& kind) { return kind.param; });

TEST_P(NonblockingTest, AWriteWaitsForASlowReader) {
  const std::string content = numbered(300'000);
  const int fd = writing_end();
  const std::size_t filled = fill(fd);
  auto stream = writer(fd);
  stream->end(content, cb("endcb"));
  run_until_it_waits();
  EXPECT_EQ(log.take(), "");
  bool whole = false;
  std::thread reads([&] { whole = reads_all(filled, content); });
  EXPECT_EQ(after_run(), "endcb finish close");
  reads.join();
  EXPECT_TRUE(whole);
  EXPECT_EQ(stream->bytes_written(), content.size());
  expect_nothing_open();
}

TEST_P(NonblockingTest, AReadWaitsForASlowWriter) {
  auto stream = reader(reading_end());
  for (const std::string_view text : {"one ", "two ", "three"}) {
    run_until_it_waits();
    const std::string before = read_;
    put_in(text);
    run_until([&] { return read_.size() == before.size() + text.size(); });
  }
  EXPECT_EQ(read_, "one two three");
  stream->destroy();
  EXPECT_EQ(after_run(), "close");
  expect_nothing_open();
}

TEST_P(NonblockingTest, AWriterThatIsDestroyedWhileItWaitsClosesAtOnce) {
  const int fd = writing_end();
  fill(fd);
  auto stream = writer(fd);
  stream->write("a", cb("cb1"));
  run_until_it_waits();
  stream->write("b", cb("cb2"));
  stream->destroy(Error("boom"));
  EXPECT_EQ(after_run(), "cb1(ERR_STREAM_DESTROYED) cb2(boom) error() close");
  expect_nothing_open();
}

TEST_P(NonblockingTest, AWriterThatIsDestroyedWhileThePoolWritesClosesAtOnce) {
  const int fd = writing_end();
  fill(fd);
  auto stream = writer(fd);
  loop.poll();
  stream->cork();
  stream->write("a", cb("cb1"));
  stream->uncork();
  stream->destroy();
  EXPECT_EQ(after_run(), "cb1(ERR_STREAM_DESTROYED) error(ERR_STREAM_DESTROYED) close");
  expect_nothing_open();
}

TEST_P(NonblockingTest, AReaderThatIsDestroyedWhileItWaitsClosesAtOnce) {
  auto stream = reader(reading_end());
  run_until_it_waits();
  stream->destroy();
  EXPECT_EQ(after_run(), "close");
  expect_nothing_open();
}

TEST_P(NonblockingTest, ALoopThatIsDestroyedFirstDropsTheWait) {
  const int fd = writing_end();
  fill(fd);
  for (const bool auto_close : {true, false}) {
    SCOPED_TRACE(auto_close);
    const int own = ::dup(fd);
    const std::size_t open_before = open_descriptors();
    {
      Loop short_lived;
      const std::size_t with_loop = open_descriptors();
      auto stream = create_write_stream(short_lived, "it", {.auto_close = auto_close, .fd = own});
      stream->write("abc",
                    [](const Error&) { ADD_FAILURE() << "called from a loop that is gone"; });
      while (open_descriptors() == with_loop) short_lived.poll();
    }
    EXPECT_EQ(open_descriptors(), open_before - (auto_close ? 1 : 0));
    if (!auto_close) ::close(own);
  }
  ::close(fd);
  expect_nothing_open();
}

TEST_P(NonblockingTest, AnUnwatchableDescriptorIsTriedAgainByATimer) {
  const std::string content = numbered(30'000);
  const int fd = writing_end();
  const std::size_t filled = fill(fd);
  auto stream = writer(fd);
  rlimit usual{};
  ::getrlimit(RLIMIT_NOFILE, &usual);
  rlimit none = usual;
  none.rlim_cur = 0;  // no epoll set can be made
  ::setrlimit(RLIMIT_NOFILE, &none);
  stream->end(content, cb("endcb"));
  bool whole = false;
  std::thread reads([&] { whole = reads_all(filled, content); });
  EXPECT_EQ(after_run(), "endcb finish close");
  reads.join();
  ::setrlimit(RLIMIT_NOFILE, &usual);
  EXPECT_TRUE(whole);
  expect_nothing_open();
}

// --- A FileHandle ---

class NonblockingHandleTest : public NonblockingTest {
 protected:
  Ref<FileHandle> handle(OpenFlags flags) {
    EXPECT_EQ(::mkfifo(path().c_str(), 0600), 0);
    other_ = ::open(path().c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    Ref<FileHandle> handle;
    open(loop, path(), flags, [&](const Error& error, Ref<FileHandle> file) {
      EXPECT_FALSE(error);
      handle = std::move(file);
    });
    loop.run();
    return handle;
  }
  void make_non_blocking(FileHandle& handle) {
    non_blocking({*handle.fd(), std::exchange(other_, -1)});
    ::fcntl(other_, F_SETFL, 0);
  }
  auto written() {
    return [this](const Error& error, std::size_t count) {
      log.add("written " + std::to_string(count), error);
    };
  }
  auto read() {
    return [this](const Error& error, const Buffer& bytes) {
      log.add("read '" + std::string(bytes.text()) + "'", error);
    };
  }
};

INSTANTIATE_TEST_SUITE_P(OfANamedPipe, NonblockingHandleTest, testing::Values("fifo"));

TEST_P(NonblockingHandleTest, ItsReadWaits) {
  auto file = handle("r");
  make_non_blocking(*file);
  file->read(10, {}, read());
  run_until_it_waits();
  put_in("hello");
  EXPECT_EQ(after_run(), "read 'hello'");
  file->close();
  loop.run();
  expect_nothing_open();
}

TEST_P(NonblockingHandleTest, ItsWriteWaits) {
  auto file = handle("w");
  make_non_blocking(*file);
  const std::size_t filled = fill(*file->fd());
  file->write(Buffer::copy("hello"), written());
  run_until_it_waits();
  EXPECT_TRUE(reads_all(filled, ""));
  EXPECT_EQ(after_run(), "written 5");
  EXPECT_TRUE(reads_all(0, "hello"));
  file->close();
  loop.run();
  expect_nothing_open();
}

TEST_P(NonblockingHandleTest, ItsCloseEndsTheWait) {
  auto file = handle("r");
  make_non_blocking(*file);
  file->read(10, {}, [&](const Error& error, const Buffer&) { failure = error; });
  run_until_it_waits();
  file->close(cb("closed"));
  EXPECT_EQ(after_run(), "closed");
  EXPECT_EQ(std::string(failure.what()), "ECANCELED: operation canceled, read '" + path() + "'");
  expect_nothing_open();
}

TEST_P(NonblockingHandleTest, AStreamThatIsDestroyedLeavesTheOtherCallsWaiting) {
  auto file = handle("w");
  make_non_blocking(*file);
  const std::size_t filled = fill(*file->fd());
  auto stays = listened(file->create_write_stream({.auto_close = false}));
  stays->end("stays", cb("endcb"));
  file->write(Buffer::copy("too"), written());
  auto goes = file->create_write_stream({.auto_close = false});
  goes->on<Error>([](const Error&) {});
  goes->write("goes", cb("gone"));
  run_until([this] { return open_descriptors() == open_before_waits() + 3; });
  goes->destroy();
  run_until([this] { return open_descriptors() == open_before_waits() + 2; });
  EXPECT_EQ(log.take(), "gone(ERR_STREAM_DESTROYED)");
  EXPECT_TRUE(reads_all(filled, ""));
  const std::string said = after_run();
  EXPECT_NE(said.find("written 3"), said.npos) << said;
  EXPECT_NE(said.find("endcb finish"), said.npos) << said;
  EXPECT_EQ(stays->bytes_written(), 5u);
  EXPECT_FALSE(file->fd());  // the stream that was destroyed closed it, as in Node
  expect_nothing_open();
}

TEST_P(NonblockingHandleTest, ALoopThatIsDestroyedFirstClosesTheFile) {
  auto own = std::make_unique<Loop>();
  EXPECT_EQ(::mkfifo(path().c_str(), 0600), 0);
  other_ = ::open(path().c_str(), O_RDWR | O_CLOEXEC);
  Ref<FileHandle> file;
  open(*own, path(), "r", [&](const Error&, Ref<FileHandle> opened) { file = std::move(opened); });
  own->run();
  ::fcntl(*file->fd(), F_SETFL, O_NONBLOCK);
  const std::size_t with_loop = open_descriptors();
  file->read(10, {}, [](const Error&, const Buffer&) { ADD_FAILURE() << "called"; });
  while (open_descriptors() == with_loop) own->poll();
  own.reset();
  EXPECT_FALSE(file->fd());
  expect_nothing_open();
}

// --- A FIFO that is opened by its path ---

class OpenedFifoTest : public test::FileTest {
 protected:
  OpenedFifoTest() {
    EXPECT_EQ(::mkfifo(path().c_str(), 0600), 0);
    both_ends_ = ::open(path().c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  }
  ~OpenedFifoTest() override { ::close(both_ends_); }

  void fill() {
    const std::string page(4096, 'x');
    while (::write(both_ends_, page.data(), page.size()) > 0) {
    }
  }
  // Once its first call is on the way.
  template <class S>
  void destroy_when_open(const Ref<S>& stream) {
    stream->template on<Open>(
        [this, stream] { loop.set_immediate([stream] { stream->destroy(); }); });
    stream->template on<Error>([](const Error&) {});
    stream->template on<Close>([this] { log.add("close"); });
  }

  int both_ends_ = -1;
};

TEST_F(OpenedFifoTest, AReadThatWaitsForAWriterEndsWithItsStream) {
  const auto stream = create_read_stream(loop, path());
  destroy_when_open(stream);
  stream->resume();
  loop.run();
  EXPECT_EQ(log.take(), "close");
}

TEST_F(OpenedFifoTest, AWriteThatWaitsForAReaderEndsWithItsStream) {
  fill();
  const auto stream = create_write_stream(loop, path());
  destroy_when_open(stream);
  stream->write("more", cb("write"));
  loop.run();
  EXPECT_EQ(log.take(), "write(ERR_STREAM_DESTROYED) close");
}

// --- The streams' part, on files that wait ---

class BlockedTest : public test::FileTest {
 protected:
  BlockedTest() { files->allow_here(false); }
};

TEST_F(BlockedTest, AWriteThatIsStillWantedIsMadeAgainHoweverOftenItIsInterrupted) {
  auto stream = make();
  loop.run();
  log.take();
  files->block();
  stream->end("abc", cb("endcb"));
  loop.run();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(files->blocks_any());
    files->interrupt(0);
  }
  files->unblock();
  EXPECT_EQ(after_run(), "endcb finish close");
  EXPECT_EQ(files->content(), "abc");
  EXPECT_EQ(files->count("write"), 1u);
}

TEST_F(BlockedTest, AReadThatIsStillWantedIsMadeAgainHoweverOftenItIsInterrupted) {
  files->put("abc");
  files->be_irregular();
  files->block();
  auto stream = create_read_stream(loop, "x", {.file_ops = files});
  std::string got;
  stream->on<Data>([&](const Data& data) { got += data.chunk.text(); });
  loop.run();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(files->blocks_any());
    files->interrupt(0);
  }
  files->unblock();
  loop.run();
  EXPECT_EQ(got, "abc");
}

TEST_F(BlockedTest, ADestroyWithFlushStillSyncsAndCloses) {
  auto stream = make({.flush = true});
  loop.run();
  log.take();
  files->block();
  stream->write("abc", cb("cb1"));
  loop.run();
  stream->destroy();
  EXPECT_EQ(after_run(), "cb1(ERR_STREAM_DESTROYED) error(ERR_STREAM_DESTROYED) close");
  EXPECT_EQ(files->calls(), "open fsync open fsync close");
  EXPECT_EQ(files->open_files(), 0u);
}

}  // namespace
}  // namespace weir::fs
