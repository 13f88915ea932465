// A write after end() is refused, with its result, its callback and an Error. The error destroys
// the stream, here before the file is open, so the file stays empty.
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
