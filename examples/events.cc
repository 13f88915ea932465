// The events of a stream, in order.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "output.txt");
  stream->on<weir::Drain>([] { fmt::print("Buffer drained, ready for more data.\n"); });
  stream->on<weir::Finish>([] { fmt::print("Write operation finished.\n"); });
  stream->on<weir::Close>([] { fmt::print("Stream closed.\n"); });
  stream->on<weir::Error>([](const weir::Error& error) { fmt::print("Error: {}\n", error); });

  stream->write("Hello, streams!");
  stream->end();
  loop.run();
}
