#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <asio.hpp>

using asio::use_awaitable;
using std::chrono::milliseconds;

asio::awaitable<void> produce(int lines, int per_second) {
  auto executor = co_await asio::this_coro::executor;
  asio::posix::stream_descriptor out(executor, ::dup(STDOUT_FILENO));
  asio::steady_timer timer(executor);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < lines; ++i) {
    timer.expires_at(begin + milliseconds(1000LL * i / per_second));
    co_await timer.async_wait(use_awaitable);
    const std::string line = "Line " + std::to_string(i) + "\n";
    co_await asio::async_write(out, asio::buffer(line), use_awaitable);
  }
}

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: rate_limited LINES PER_SECOND\n", stderr), 2;
  asio::io_context io;
  auto produced =
      asio::co_spawn(io, produce(std::atoi(argv[1]), std::atoi(argv[2])), asio::use_future);
  io.run();
  produced.get();
}
