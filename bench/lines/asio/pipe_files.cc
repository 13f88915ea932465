#include <vector>

#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>

using asio::stream_file;
using asio::use_awaitable;

asio::awaitable<void> copy() {
  auto executor = co_await asio::this_coro::executor;
  stream_file from(executor, "input.txt", stream_file::read_only);
  stream_file to(executor, "output.txt",
                 stream_file::write_only | stream_file::create | stream_file::truncate);
  std::vector<char> data(64 * 1024);
  for (;;) {
    auto [error, size] = co_await from.async_read_some(asio::buffer(data),
                                                       asio::experimental::as_tuple(use_awaitable));
    if (error == asio::error::eof) break;
    if (error) throw std::system_error(error);
    co_await asio::async_write(to, asio::buffer(data, size), use_awaitable);
  }
}

int main() {
  asio::io_context io;
  auto copied = asio::co_spawn(io, copy(), asio::use_future);
  io.run();
  copied.get();
}
