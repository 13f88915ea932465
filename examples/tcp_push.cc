// A TCP server that pushes lines to each client, at the client's speed: tcp_push [PORT]
#include <weir/weir.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

// A slow client delays no other client. Its memory is bounded by its socket's mark.
void push(weir::net::Socket& client) {
  weir::produce(client, [next = 0](weir::net::Socket& lines) mutable {
    lines.print("Line {}\n", next);
    return ++next < 100'000;
  });
}

int main(int argc, char** argv) {
  weir::Loop loop;
  auto server = weir::net::create_server(loop, [](weir::net::Socket& client) {
    client.on<weir::Error>([](const weir::Error& error) { fmt::print("{}\n", error.name()); });
    client.resume();  // drops the client's data
    push(client);
  });
  server->listen(argc > 1 ? std::atoi(argv[1]) : 0, "127.0.0.1", [&] {
    fmt::print("listening on {}\n", weir::net::to_string(*server->address()));
    std::fflush(stdout);
  });
  const weir::Signal stop(loop, SIGINT, [&] { server->close(); });
  loop.run();  // until the server is closed and the last client has disconnected
}
