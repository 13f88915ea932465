// A TCP server that sends received data back: echo_server [PORT]
#include <weir/weir.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  weir::Loop loop;
  auto server = weir::net::create_server(loop, [](weir::net::Socket& client) {
    client.on<weir::Error>([](const weir::Error& error) { fmt::print("{}\n", error.name()); });
    client.pipe(client);
  });
  server->listen(argc > 1 ? std::atoi(argv[1]) : 0, "127.0.0.1", [&] {
    fmt::print("listening on {}\n", weir::net::to_string(*server->address()));
    std::fflush(stdout);
  });
  const weir::Signal stop(loop, SIGINT, [&] { server->close(); });
  loop.run();  // until the server is closed and the last client has disconnected
}
