// The path of exceptions: a sink's becomes its stream's Error, and so the pipeline's; a listener's
// is passed to on_uncaught.
#include <weir/weir.h>

#include <stdexcept>

int main() {
  weir::Loop loop;
  loop.on_uncaught([](const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& bug) {
      fmt::print("uncaught: {}\n", bug.what());
    }
  });

  auto words = weir::Readable::from(loop, "some words");
  auto broken = weir::Writable::make(
      loop, {.write = [](weir::Chunk, weir::Done) { throw std::runtime_error("of a sink"); }});
  weir::pipeline(words, broken,
                 [](const weir::Error& error) { fmt::print("pipeline: {}\n", error.what()); });
  auto others = weir::Readable::from(loop, "others");
  others->on<weir::Data>([](const weir::Data& data) {
    fmt::print("data: {}\n", data.chunk.text());
    throw std::logic_error("of a listener");
  });
  loop.run();
}
