// Any bytes on a server's connection, in two pieces: the server answers or closes, and releases
// everything.
#include <weir/http/server.h>
#include <weir/net/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <sys/socket.h>

namespace {

using weir::Ref;
namespace http = weir::http;
namespace net = weir::net;

void answer(http::IncomingMessage& request, http::ServerResponse& response) {
  if (request.url().starts_with("/echo")) {
    request.pipe(Ref<http::ServerResponse>(&response));
  } else if (request.url().starts_with("/late")) {
    response.set_header("X-Agent", request.headers().get("user-agent").value_or("none"));
    response.write("late");
    response.end();
  } else {
    response.end("hello");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t split = bytes.empty() ? 0 : data[0] % (bytes.size() + 1);

  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::abort();
  weir::Loop loop;
  const auto server = http::create_server(loop, &answer);
  server->serve(net::Socket::make(loop, {.fd = ends[0]}));
  const auto client = net::Socket::make(loop, {.allow_half_open = true, .fd = ends[1]});
  std::string got;
  client->on<net::Socket::Data>([&](const net::Socket::Data& piece) { got += piece.chunk.text(); });
  client->on<weir::Error>([] {});
  client->write(bytes.substr(0, split));
  loop.set_immediate([&] { client->end(bytes.substr(split)); });
  loop.run();
  if (!got.empty() && !got.starts_with("HTTP/1.1 ")) std::abort();
  if (server->connections() != 0) std::abort();
  return 0;
}
