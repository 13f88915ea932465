// A Loop driven by an Asio io_context: streams of weir and operations of Asio on one thread.
#include <weir/loop/asio.h>
#include <weir/weir.h>

#include <chrono>

int main() {
  asio::io_context io;
  weir::Loop loop;
  const weir::AsioDriver driver(loop, io);

  auto stream = weir::fs::create_write_stream(loop, "output.txt");
  asio::steady_timer timer(io, std::chrono::milliseconds(1));
  timer.async_wait([&](const std::error_code&) {  // a handler of Asio
    stream->end("written by a handler of Asio\n");
  });
  stream->on<weir::Close>([&] {  // a listener of weir
    asio::post(io, [] { fmt::print("closed\n"); });
    loop.set_timeout(std::chrono::milliseconds(1), [] { throw weir::Error("of a listener"); });
  });

  try {
    io.run();
  } catch (const weir::Error& error) {
    fmt::print("thrown by io.run(): {}\n", error.what());
  }
  io.run();  // continues, and returns when neither has work
}
