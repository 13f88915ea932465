#include <cstdio>
#include <string>

#include <asio.hpp>

using asio::stream_file;

asio::awaitable<void> produce() {
  stream_file file(co_await asio::this_coro::executor, "output.txt",
                   stream_file::write_only | stream_file::create | stream_file::truncate);
  for (int round = 1; round <= 3; ++round) {
    std::string buffer;
    int lines = 0;
    for (; buffer.size() < 1024; ++lines) buffer += "Hello World\n";
    std::printf("round %d: %d lines fill the buffer\n", round, lines);
    co_await asio::async_write(file, asio::buffer(buffer), asio::use_awaitable);
  }
}

int main() {
  asio::io_context io;
  auto produced = asio::co_spawn(io, produce(), asio::use_future);
  io.run();
  produced.get();
}
