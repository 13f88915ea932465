// Three transforms: one as a function, one as a class, and one that only observes.
#include <weir/weir.h>

#include <algorithm>
#include <cctype>

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::toupper(c); });
  return result;
}

struct Numbered : weir::Transformer {
  void transform(weir::Transform& stream, weir::Chunk chunk, weir::Done done) override {
    stream.push(fmt::format("{}: {}", ++count, chunk.text()));
    done();
  }
  void flush(weir::Transform& stream, weir::Done done) override {
    stream.push(fmt::format("{} lines\n", count));
    done();
  }
  int count = 0;
};

int main() {
  weir::Loop loop;
  auto to_upper = weir::Transform::make(
      loop, {.transform = [](weir::Transform& stream, weir::Chunk chunk, weir::Done done) {
        stream.push(upper(chunk.text()));
        done();
      }});
  auto numbered = weir::Transform::make(loop, std::make_unique<Numbered>());
  auto counter = weir::PassThrough::make(loop);
  auto output = weir::fs::create_write_stream(loop, "output.txt");

  std::size_t bytes = 0;
  counter->on<weir::Data>([&](const weir::Data& data) { bytes += data.chunk.size(); });
  output->on<weir::Close>([&] { fmt::print("{} bytes\n", bytes); });

  to_upper->pipe(numbered)->pipe(counter)->pipe(output);
  to_upper->write("hello, transform\n");
  to_upper->write("goodbye\n");
  to_upper->end();
  loop.run();
}
