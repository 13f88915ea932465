#include <string>

#include <asio.hpp>

using asio::stream_file;
using asio::use_awaitable;

asio::awaitable<void> produce() {
  stream_file file(co_await asio::this_coro::executor, "lines.txt",
                   stream_file::write_only | stream_file::create | stream_file::truncate);
  std::string buffer;
  for (int i = 0; i < 1'000'000; ++i) {
    buffer += "Line " + std::to_string(i) + "\n";
    if (buffer.size() < 16 * 1024) continue;
    co_await asio::async_write(file, asio::buffer(buffer), use_awaitable);
    buffer.clear();
  }
  co_await asio::async_write(file, asio::buffer(buffer), use_awaitable);
}

int main() {
  asio::io_context io;
  auto produced = asio::co_spawn(io, produce(), asio::use_future);
  io.run();
  produced.get();
}
