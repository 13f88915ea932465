// Compresses standard input into a file, and shows how much it has read: compress_input FILE
#include <weir/weir.h>

#include <chrono>
#include <cstddef>
#include <utility>

namespace co = weir::co;
using std::chrono_literals::operator""ms;

// Passes everything on, and adds its bytes to `total`.
weir::Ref<weir::Transform> counter(weir::Loop& loop, std::size_t& total) {
  auto count = [&total](weir::Transform& out, weir::Chunk chunk, weir::Done done) {
    total += chunk.size();
    out.push(std::move(chunk));
    done();
  };
  return weir::Transform::make(loop, {.transform = count});
}

weir::Task<> compress(weir::Loop& loop, const char* path) {
  std::size_t total = 0;
  const auto terminal = weir::standard_error(loop);
  const weir::ScopedTimer progress =
      loop.set_interval(500ms, [&] { terminal->print("\r{} bytes", total); });
  co_await co::pipeline(weir::standard_input(loop), counter(loop, total),
                        weir::zlib::create_gzip(loop),
                        weir::fs::create_replacing_stream(loop, path));
  terminal->print("\r{} bytes are in {}\n", total, path);
}

int main(int argc, char** argv) {
  if (argc != 2) return fmt::print(stderr, "usage: compress_input FILE\n"), 2;
  weir::Loop loop;
  try {
    co::run(loop, compress(loop, argv[1]));
  } catch (const weir::Error& error) {
    return fmt::print(stderr, "\rcompress_input: {}\n", error.what()), 1;
  }
}
