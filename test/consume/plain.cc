// A project that uses what no option of weir leaves out: writes a file and reads it back in a
// coroutine; a TCP echo.
#include <weir/weir.h>

#include <cstdio>
#include <string>

namespace {

namespace net = weir::net;

std::string read_back(weir::Loop& loop) {
  auto stream = weir::fs::create_write_stream(loop, "plain.txt");
  stream->print("weir {}\n", 1);
  stream->end();
  loop.run();
  std::string text;
  weir::co::run(loop, [&]() -> weir::Task<> {
    auto file = weir::fs::create_read_stream(loop, "plain.txt");
    text = co_await weir::co::text(*file);
  });
  std::remove("plain.txt");
  return text;
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

}  // namespace

int main() {
  weir::Loop loop;
  return read_back(loop) == "weir 1\n" && echo_over_tcp(loop) == "weir" ? 0 : 1;
}
