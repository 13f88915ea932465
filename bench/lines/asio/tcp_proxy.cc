#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using namespace asio::experimental::awaitable_operators;

awaitable<void> pass(tcp::socket& from, tcp::socket& to) {
  char data[16 * 1024];
  for (;;) {
    auto [error, size] = co_await from.async_read_some(asio::buffer(data),
                                                       asio::experimental::as_tuple(use_awaitable));
    if (error == asio::error::eof) break;
    if (error) throw std::system_error(error);
    co_await asio::async_write(to, asio::buffer(data, size), use_awaitable);
  }
  to.shutdown(tcp::socket::shutdown_send);
}

awaitable<void> serve(tcp::socket client, std::string host, std::string port) {
  try {
    auto executor = co_await asio::this_coro::executor;
    tcp::resolver resolver(executor);
    tcp::socket target(executor);
    co_await asio::async_connect(target, co_await resolver.async_resolve(host, port, use_awaitable),
                                 use_awaitable);
    co_await (pass(client, target) && pass(target, client));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

awaitable<void> accept(tcp::acceptor& acceptor, std::string host, std::string port) {
  for (;;) {
    auto client = co_await acceptor.async_accept(use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(client), host, port), asio::detached);
  }
}

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: tcp_proxy PORT HOST HOST_PORT\n", stderr), 2;
  asio::io_context io;
  const auto port = static_cast<unsigned short>(std::atoi(argv[1]));
  tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), port});
  std::printf("listening on 127.0.0.1:%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  asio::signal_set signals(io, SIGINT);
  signals.async_wait([&](auto, auto) { io.stop(); });
  asio::co_spawn(io, accept(acceptor, argv[2], argv[3]), asio::detached);
  io.run();
}
