// Writes 16 KiB chunks until the buffer is full, then waits for Drain.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "large-file.txt");
  const auto chunk = weir::Buffer::adopt(std::string(16 * 1024, 'a'));

  while (stream->write(chunk)) {
  }
  fmt::print("Buffer full, waiting for drain...\n");
  stream->once<weir::Drain>([&] {
    fmt::print("Buffer drained, resuming writing...\n");
    // Not earlier: a stream that has ended does not drain.
    stream->end();
  });
  loop.run();
}
