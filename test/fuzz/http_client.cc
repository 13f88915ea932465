// Any bytes as a server's answer, in two pieces: the request closes, a response that ends has all
// of its body, and everything is released.
#include "support/require.h"
#include <weir/http/agent.h>
#include <weir/http/request.h>
#include <weir/loop/loop.h>
#include <weir/net/socket.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <sys/socket.h>

namespace {

using weir::Ref;
using weir::test::require;
namespace http = weir::http;
namespace net = weir::net;

constexpr const char* kMethods[] = {"GET", "HEAD", "POST", "CONNECT"};

struct Seen {
  int responses = 0;
  int ended = 0;
  int failed = 0;
  int closed = 0;
};

void follow(http::IncomingMessage& response, Seen& seen, bool is_head) {
  ++seen.responses;
  const int status = response.status_code();
  require(status >= 100 && status <= 999);
  const bool has_no_body = is_head || status == 204 || status == 304;
  response.on<weir::Data>([has_no_body](const weir::Data&) { require(!has_no_body); });
  response.on<weir::End>([&seen] { ++seen.ended; });
  response.on<weir::Error>([&seen] { ++seen.failed; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t split = data[1] % (bytes.size() + 1);
  const char* const method = kMethods[data[0] % 4];

  int ends[2];
  require(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  weir::Loop loop;
  http::AgentOptions options;
  options.connect = [&](weir::Loop& on, const net::ConnectOptions&, const std::string&) {
    return Ref<net::Connection>(net::Socket::make(on, {.fd = ends[0]}));
  };
  const auto agent = http::Agent::make(loop, std::move(options));
  Seen seen;
  const auto request = http::request(
      loop, {.method = method, .host = "host", .path = "/", .agent = agent},
      [&](http::IncomingMessage& response) { follow(response, seen, data[0] % 4 == 1); });
  request->on<weir::Error>([&] { ++seen.failed; });
  request->on<weir::Close>([&] { ++seen.closed; });
  request->end(data[0] % 4 == 2 ? "body" : "");

  const auto server = net::Socket::make(loop, {.allow_half_open = true, .fd = ends[1]});
  server->on<weir::Error>([] {});
  server->resume();
  server->write(bytes.substr(0, split));
  loop.set_immediate([&] { server->end(bytes.substr(split)); });
  loop.run();
  require(seen.closed == 1);
  require(seen.responses <= 1 && seen.ended <= seen.responses);
  require(seen.ended + seen.failed > 0 || seen.responses == 0 || data[0] % 4 == 3);
  return 0;
}
