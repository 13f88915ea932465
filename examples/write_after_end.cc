// What is written after the end is refused: by the answer, the callback and an Error. That error
// destroys the stream, here before the file was open, so nothing reaches it.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto stream = weir::fs::create_write_stream(loop, "output.txt");
  stream->on<weir::Error>([](const weir::Error& error) { fmt::print("{}\n", error); });
  stream->write("Hello, ");
  stream->write("World!");
  stream->end();
  const bool ok = stream->write(
      "too late", [](const weir::Error& error) { fmt::print("callback: {}\n", error.name()); });
  fmt::print("accepted: {}\n", ok);
  loop.run();
}
