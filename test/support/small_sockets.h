// support/small_sockets.h - sockets with small system buffers, which are soon full.
//
//   server->listen({.fd = small_listener()});
//   const SmallClient client(server->address()->port);
//   client.say("GET / HTTP/1.1\r\n\r\n");
//   text += client.hear(100);  // the available bytes, at most 100
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::test {

inline int small_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int size = 4096;
  if (fd < 0 || ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) != 0 ||
      ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) != 0)
    throw std::runtime_error("no small socket");
  return fd;
}

inline sockaddr_in here(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// Bound to a free local port; its connections have small buffers, too.
inline int small_listener() {
  const int fd = small_socket();
  const sockaddr_in address = here(0);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("no free port");
  return fd;
}

// A client without a Loop, which reads when the test does.
class SmallClient {
 public:
  explicit SmallClient(int port) : fd_(small_socket()) {
    const sockaddr_in address = here(port);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("nobody listens");
  }
  SmallClient(const SmallClient&) = delete;
  SmallClient& operator=(const SmallClient&) = delete;
  ~SmallClient() { ::close(fd_); }

  void say(std::string_view text) const {
    // Not send, which system_calls.h counts.
    const ssize_t said = ::sendto(fd_, text.data(), text.size(), MSG_NOSIGNAL, nullptr, 0);
    if (said != static_cast<ssize_t>(text.size())) throw std::runtime_error("not said");
  }
  std::string hear(std::size_t most) const {
    std::string text(most, '\0');
    text.resize(hear_into(text));
    return text;
  }
  // How many bytes there were.
  std::size_t hear_into(std::span<char> room) const {
    const ssize_t count = ::recv(fd_, room.data(), room.size(), MSG_DONTWAIT);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }

 private:
  int fd_;
};

}  // namespace weir::test
