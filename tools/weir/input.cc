#include "weir/input.h"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace tool {
namespace {

constexpr std::size_t kBlock = 64 * 1024;

}  // namespace

Input::Input(weir::Loop& loop, int fd, Take take)
    : loop_(loop), fd_(fd), take_(std::move(take)), alive_(loop), block_(kBlock) {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) throw weir::Error::system(errno, "pipe");
  told_ = ends[0];
  word_ = ends[1];
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    ::close(told_);
    ::close(word_);
    throw weir::Error::system(error.code().value(), "pthread_create");
  }
}

Input::~Input() {
  stop();
  thread_.join();
  ::close(told_);
}

void Input::next() {
  // The pipe is empty, so the write does not block.
  [[maybe_unused]] const ssize_t written = ::write(word_, "n", 1);
}

void Input::stop() {
  alive_.reset();
  if (word_ >= 0) ::close(std::exchange(word_, -1));
}

void Input::taken(std::size_t size, int error) {
  if (!alive_) return;
  if (size == 0) alive_.reset();
  take_({block_.data(), size}, error);
}

// --- On the thread. ---

void Input::run() {
  while (is_told_to_read()) {
    ssize_t count;
    do {
      if (!wait_for_text()) return;
      count = ::read(fd_, block_.data(), block_.size());
      // EAGAIN: another process that shares the descriptor has read the data.
    } while (count < 0 && (errno == EAGAIN || errno == EINTR));
    const int error = count < 0 ? errno : 0;
    const auto size = static_cast<std::size_t>(count < 0 ? 0 : count);
    loop_.post([this, size, error] { taken(size, error); });
  }
}

bool Input::is_told_to_read() {
  char word;
  return ::read(told_, &word, 1) == 1;
}

// Returns false after stop().
bool Input::wait_for_text() {
  std::array<pollfd, 2> polled{{{fd_, POLLIN, 0}, {told_, POLLIN, 0}}};
  while (::poll(polled.data(), polled.size(), -1) < 0) {  // EINTR
  }
  return polled[1].revents == 0;
}

}  // namespace tool
