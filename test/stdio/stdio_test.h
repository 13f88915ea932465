// The fixture of tests of streams on descriptors, in place of the process's own.
//
//   Pipe pipe;
//   auto out = output(pipe.writer());
//   out->write("abc");
//   EXPECT_EQ(taken_from(pipe.reader()), "abc");
#pragma once

#include "stdio/make_stream.h"
#include "support/loop_test.h"
#include "support/temporary_folder.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace weir::test {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {
    if (fd < 0) throw std::runtime_error("no descriptor");
  }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { close(); }

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// The two ends of a connection; bytes written to the second can be read from the first.
class Ends {
 public:
  int reader() const { return ends_[0].get(); }
  int writer() const { return ends_[1].get(); }
  void close_reader() { ends_[0].close(); }
  void close_writer() { ends_[1].close(); }

 protected:
  std::array<Fd, 2> ends_;
};

struct Pipe : Ends {
  static constexpr std::size_t kCapacity = 4096;

  Pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    ends_ = {Fd(fds[0]), Fd(fds[1])};
    ::fcntl(writer(), F_SETPIPE_SZ, kCapacity);
  }
};

// A pipe with a name, which it has only while it is opened.
struct Fifo : Ends {
  Fifo() {
    const TemporaryFolder folder;
    const std::string path = folder.path("fifo");
    ::mkfifo(path.c_str(), 0600);
    const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const int writer = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    ::fcntl(reader, F_SETFL, 0);
    ends_ = {Fd(reader), Fd(writer)};
  }
};

struct SocketPair : Ends {
  explicit SocketPair(int type = SOCK_STREAM) {
    int fds[2];
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) != 0)
      throw std::runtime_error("no sockets");
    ends_ = {Fd(fds[0]), Fd(fds[1])};
  }
};

// A terminal of `columns` by `rows`; a person sits at `person`, the program at `program`.
class Terminal {
 public:
  explicit Terminal(unsigned short columns = 80, unsigned short rows = 24)
      : person_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    ::grantpt(person());
    ::unlockpt(person());
    program_ = Fd(::open(::ptsname(person()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    resize(columns, rows);
  }
  int person() const { return person_.get(); }
  int program() const { return program_.get(); }
  void resize(unsigned short columns, unsigned short rows) const {
    const winsize size{rows, columns, 0, 0};
    ::ioctl(person(), TIOCSWINSZ, &size);
  }

 private:
  Fd person_;
  Fd program_;
};

// While it lives, the system opens no descriptors.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

class StdioTest : public LoopTest {
 protected:
  // A stream that logs its events.
  Ref<OutputStream> output(int fd, const OutputOptions& options = {}) {
    auto stream = internal::make_output(loop, fd, options);
    log.listen(*stream);
    return stream;
  }
  Ref<InputStream> input(int fd) {
    auto stream = internal::make_input(loop, fd);
    log.listen(*stream);
    return stream;
  }
  Callback cb(std::string name) { return log.callback(std::move(name)); }

  // The available bytes, without waiting.
  static std::string taken_from(int fd) {
    std::string text;
    std::array<char, 65536> room;
    pollfd watched{fd, POLLIN, 0};
    while (::poll(&watched, 1, 0) > 0) {
      const ssize_t count = ::read(fd, room.data(), room.size());
      if (count <= 0) break;
      text.append(room.data(), static_cast<std::size_t>(count));
    }
    return text;
  }
  static void put(int fd, const std::string& text) {
    ASSERT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  static bool is_non_blocking(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }

  // Turns the loop and reads the descriptor until the streams have no more to write.
  std::string read_until_idle(int fd) {
    std::string text;
    while (loop.poll()) text += taken_from(fd);
    return text + taken_from(fd);
  }
};

}  // namespace weir::test
