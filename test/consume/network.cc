// A project that uses weir's sockets: an HTTP server and client, a TCP echo; and TLS with a peer
// that does not speak it.
#include <weir/weir.h>

#include <string>
#include <utility>

namespace {

namespace http = weir::http;
namespace net = weir::net;
namespace tls = weir::tls;

std::string answer_over_http(weir::Loop& loop) {
  const auto server = http::create_server(
      loop, [](auto& request, auto& response) { request.pipe(weir::Ref(&response)); });
  server->listen(0, "127.0.0.1");
  http::RequestOptions options{.method = "POST", .own_agent = true};
  options.port = server->address()->port;
  options.host = "127.0.0.1";
  std::string answer;
  const auto request = http::request(loop, std::move(options), [&](auto& response) {
    weir::text(weir::Ref(&response), [&](const weir::Error&, std::string text) {
      answer = std::move(text);
      server->close();
    });
  });
  request->end("weir");
  loop.run();
  return answer;
}

std::string echo_over_tcp(weir::Loop& loop) {
  const auto server =
      net::create_server(loop, [](net::Socket& socket) { socket.pipe(weir::Ref(&socket)); });
  server->listen(0, "127.0.0.1");
  const auto socket = net::connect(loop, server->address()->port, "127.0.0.1");
  std::string echo;
  weir::text(socket, [&](const weir::Error&, std::string text) {
    echo = std::move(text);
    server->close();
  });
  socket->end("weir");
  loop.run();
  return echo;
}

std::string failure_of_tls(weir::Loop& loop) {
  const auto server = net::create_server(loop, [](net::Socket& socket) { socket.end("no TLS"); });
  server->listen(0, "127.0.0.1");
  const auto socket = tls::connect(loop, {.port = server->address()->port, .host = "127.0.0.1"});
  std::string failure;
  socket->on<weir::Error>([&](const weir::Error& error) {
    failure = error.name();
    server->close();
  });
  loop.run();
  return failure;
}

}  // namespace

int main() {
  weir::Loop loop;
  const bool works = answer_over_http(loop) == "weir" && echo_over_tcp(loop) == "weir" &&
                     failure_of_tls(loop) == "ERR_SSL_WRONG_VERSION_NUMBER";
  return works ? 0 : 1;
}
