// Any URL: an accepted one yields a host, a port and a path that survive the request unchanged, and
// that form the same URL again.
#include "support/require.h"
#include <weir/http/agent.h>
#include <weir/http/request.h>
#include <weir/loop/loop.h>
#include <weir/net/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using weir::Ref;
using weir::test::require;
namespace http = weir::http;
namespace net = weir::net;

struct Asked {
  std::string host;
  std::int64_t port = 0;
  std::string path;
  std::string head;  // as it was sent
};

std::string all_of(int fd) {
  std::string text;
  std::array<char, 4096> piece;
  while (const ssize_t count = ::read(fd, piece.data(), piece.size())) {
    require(count > 0);
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  return text;
}

// Sends a request to a peer that answers "204"; nullopt for an invalid URL.
std::optional<Asked> ask(std::string_view url) {
  std::array<int, 2> ends;
  require(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  constexpr std::string_view kAnswer = "HTTP/1.1 204 No Content\r\n\r\n";
  require(::send(ends[1], kAnswer.data(), kAnswer.size(), 0) > 0);

  Asked asked;
  bool connected = false;
  weir::Loop loop;
  http::AgentOptions options;
  options.connect = [&](weir::Loop& on, const net::ConnectOptions& to, const std::string&) {
    asked.host = to.host;
    asked.port = to.port.value_or(-1);
    connected = true;
    return Ref<net::Connection>(net::Socket::make(on, {.fd = ends[0]}));
  };
  const auto agent = http::Agent::make(loop, std::move(options));
  try {
    const auto request = http::get(loop, url, {.agent = agent});
    request->on<weir::Error>([](const weir::Error&) { std::abort(); });
    asked.path = request->path();
    loop.run();
  } catch (const weir::Error&) {
    if (!connected) ::close(ends[0]);
    ::close(ends[1]);
    return std::nullopt;
  }
  asked.head = all_of(ends[1]);
  ::close(ends[1]);
  return asked;
}

// Printable ASCII without a space.
bool is_one_word(std::string_view text) {
  for (const char c : text)
    if (c <= 0x20 || c >= 0x7f) return false;
  return !text.empty();
}

void require_one_request(const Asked& asked) {
  require(asked.head.starts_with(fmt::format("GET {} HTTP/1.1\r\n", asked.path)));
  require(asked.head.find("\r\n\r\n") == asked.head.size() - 4);
  std::string_view rest = asked.head;
  bool has_host = false;
  for (std::size_t line = 0; rest != "\r\n"; ++line) {
    const std::string_view text = rest.substr(0, rest.find("\r\n"));
    require(text.find_first_of("\r\n") == text.npos);
    require(line == 0 || text.starts_with("Host: ") || text.starts_with("Connection: ") ||
            text.starts_with("Authorization: Basic "));
    has_host = has_host || text.starts_with("Host: ");
    rest.remove_prefix(text.size() + 2);
  }
  require(has_host);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view url(reinterpret_cast<const char*>(data), size);
  const std::optional<Asked> asked = ask(url);
  if (!asked) return 0;
  require(is_one_word(asked->host) && is_one_word(asked->path));
  require(asked->path.starts_with('/'));
  require(asked->port >= 0 && asked->port <= 65535);
  require_one_request(*asked);

  const bool is_ipv6 = net::is_ipv6(asked->host);
  const auto again = ask(fmt::format("http://{}{}{}:{}{}", is_ipv6 ? "[" : "", asked->host,
                                     is_ipv6 ? "]" : "", asked->port, asked->path));
  require(again && again->host == asked->host && again->port == asked->port &&
          again->path == asked->path);
  return 0;
}
