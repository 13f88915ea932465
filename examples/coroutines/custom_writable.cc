// A custom sink whose write is a coroutine: the stream waits for its Done.
#include <weir/weir.h>

namespace co = weir::co;
using namespace std::chrono_literals;

struct SlowSink : weir::Sink {
  explicit SlowSink(weir::Loop& its_loop) : loop(its_loop) {}
  void write(weir::Chunk chunk, weir::Done done) override {
    co::spawn(loop, print(std::move(chunk), std::move(done)));
  }
  weir::Task<> print(weir::Chunk chunk, weir::Done done) {
    co_await co::sleep(loop, 1ms);
    fmt::print("Writing: {}\n", chunk.text());
    done();  // signal that writing is complete
  }
  weir::Loop& loop;
};

weir::Task<> write(weir::Loop& loop) {
  auto stream = weir::Writable::make(loop, std::make_unique<SlowSink>(loop));
  co_await co::write(*stream, "Hello, Custom Stream!");
  co_await co::end(*stream, "Goodbye, Custom Stream!");
  fmt::print("closed\n");
}

int main() {
  weir::Loop loop;
  co::run(loop, write(loop));
}
