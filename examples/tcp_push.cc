// Pushes lines to whoever connects, to each as fast as it reads: tcp_push [PORT]
#include <weir/weir.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

// Whoever does not keep up waits for its own Drain; the others go on, and the memory of each is its
// socket's mark.
void push(weir::net::Socket& client, int next) {
  while (next < 100'000)
    if (!client.print("Line {}\n", next++))
      return void(client.once<weir::Drain>([&client, next] { push(client, next); }));
  client.end();
}

int main(int argc, char** argv) {
  weir::Loop loop;
  auto server = weir::net::create_server(loop, [](weir::net::Socket& client) {
    client.on<weir::Error>([](const weir::Error& error) { fmt::print("{}\n", error.name()); });
    client.resume();  // what it says is dropped
    push(client, 0);
  });
  server->listen(argc > 1 ? std::atoi(argv[1]) : 0, "127.0.0.1", [&] {
    fmt::print("listening on {}\n", weir::net::to_string(*server->address()));
    std::fflush(stdout);
  });
  const weir::Signal stop(loop, SIGINT, [&] { server->close(); });
  loop.run();  // until the last client has gone
}
