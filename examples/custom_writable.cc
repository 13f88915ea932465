// A custom sink, as a class and as a function.
#include <weir/weir.h>

struct CustomSink : weir::Sink {
  void write(weir::Chunk chunk, weir::Done done) override {
    fmt::print("Writing: {}\n", chunk.text());
    done();  // signal that writing is complete
  }
};

int main() {
  weir::Loop loop;
  auto custom = weir::Writable::make(loop, std::make_unique<CustomSink>());
  custom->write("Hello, Custom Stream!");
  custom->end("Goodbye, Custom Stream!");

  auto inline_sink = weir::Writable::make(loop, {.write = [](weir::Chunk chunk, weir::Done done) {
                                            fmt::print("Inline: {}\n", chunk.text());
                                            done();
                                          }});
  inline_sink->end("Hello, function!");
  loop.run();
}
