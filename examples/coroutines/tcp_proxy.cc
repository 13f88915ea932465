// Passes the connections to a port on to another host and port, both ways, as coroutines.
#include <weir/weir.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

int main(int argc, char** argv) {
  namespace co = weir::co;
  if (argc != 4) return fmt::print(stderr, "usage: tcp_proxy PORT HOST HOST_PORT\n"), 2;
  weir::Loop loop;
  loop.on_uncaught([](const std::exception_ptr& thrown) {  // the target is not there
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      fmt::print(stderr, "{}\n", error.what());
    }
  });
  auto server = weir::net::create_server(
      loop, {.allow_half_open = true}, co::handler([&](weir::net::Socket& client) -> weir::Task<> {
        weir::net::ConnectOptions to;
        to.host = argv[2];
        to.port = std::atoi(argv[3]);
        to.socket.allow_half_open = true;
        auto target = co_await co::connect(loop, std::move(to));
        co_await co::when_all(co::pipeline(client, target), co::pipeline(target, client));
      }));
  server->listen(std::atoi(argv[1]), "127.0.0.1");
  fmt::print("listening on {}\n", weir::net::to_string(*server->address()));
  std::fflush(stdout);
  const weir::Signal stop(loop, SIGINT, [&] { server->close(); });
  loop.run();
}
