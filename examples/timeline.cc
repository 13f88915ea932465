// A slow destination, step by step: the write in flight, the queued writes, and Drain.
#include <weir/weir.h>

#include <chrono>

int main() {
  using namespace std::chrono_literals;
  weir::Loop loop;
  auto stream = weir::Writable::make(
      loop,
      {.write =
           [&](weir::Chunk chunk, weir::Done done) {
             fmt::print("start {}\n", chunk.text());
             loop.set_timeout(2ms,
                              [text = std::string(chunk.text()), done = std::move(done)]() mutable {
                                fmt::print("done {}\n", text);
                                done();
                              });
           }},
      {.high_water_mark = 3});

  for (const char* letter : {"A", "B", "C"}) fmt::print("{}={}\n", letter, stream->write(letter));
  // Drain follows C, the last queued write, not A.
  stream->once<weir::Drain>([&] {
    fmt::print("drain at {}\n", stream->writable_length());
    fmt::print("D={}\n", stream->write("D"));
    stream->end();
  });
  loop.run();
}
