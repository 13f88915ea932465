// A Duplex with two independent sides: written chunks are printed, read chunks are generated.
#include <weir/weir.h>

struct Terminal : weir::Source, weir::Sink {
  void read(weir::Readable& stream, std::size_t) override {
    if (next > 'C') return void(stream.push(nullptr));
    stream.push(std::string(1, next++));
  }
  void write(weir::Chunk chunk, weir::Done done) override {
    fmt::print("written: {}\n", chunk.text());
    done();
  }
  char next = 'A';
};

int main() {
  weir::Loop loop;
  auto terminal = weir::Duplex::make(loop, std::make_unique<Terminal>());
  terminal->on<weir::Data>(
      [](const weir::Data& data) { fmt::print("read: {}\n", data.chunk.text()); });
  terminal->on<weir::Close>([] { fmt::print("both sides are done\n"); });
  terminal->write("Hello, Duplex!");
  terminal->end();
  loop.run();
}
