// Splits bytes into lines, independent of the chunks.
#include <weir/weir.h>

int main() {
  weir::Loop loop;
  auto bytes = weir::PassThrough::make(loop);
  bytes->pipe(weir::fs::read_lines(loop))->on<weir::DataOf<std::string>>([](const auto& line) {
    fmt::print("[{}]\n", line.chunk);
  });
  bytes->write("first li");
  bytes->write("ne\nsecond line\r");
  bytes->end("\nlast line");
  loop.run();
}
