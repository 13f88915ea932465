// A custom source, as a class and as a function; and the two ways to read it.
#include <weir/weir.h>

struct Countdown : weir::Source {
  void read(weir::Readable& stream, std::size_t) override {
    if (left == 0) return void(stream.push(nullptr));  // the end
    stream.push(fmt::format("{}...", left--));
  }
  int left = 3;
};

int main() {
  weir::Loop loop;
  auto countdown = weir::Readable::make(loop, std::make_unique<Countdown>());
  countdown->on<weir::Data>([](const weir::Data& data) { fmt::print("{}\n", data.chunk.text()); });
  countdown->on<weir::End>([] { fmt::print("lift-off\n"); });
  loop.run();

  auto letters = weir::Readable::make(loop, {.read = [](weir::Readable& stream, std::size_t) {
                                        stream.push("abcdefgh");
                                        stream.push(nullptr);
                                      }});
  letters->on<weir::ReadableEvent>([&] {
    while (auto three = letters->read(3)) fmt::print("{}\n", three->text());
  });
  loop.run();
}
