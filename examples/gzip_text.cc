// Compresses a text in memory, and decompresses it.
#include <weir/weir.h>

#include <string>

int main() {
  const std::string text(100'000, '-');
  const weir::Buffer small = weir::zlib::gzip_sync(weir::Buffer::copy(text));
  const weir::Buffer again = weir::zlib::gunzip_sync(small, {.max_output_length = 1 << 20});
  fmt::print("{}\n", small.size() < 1000 && again.text() == text ? "the same" : "another");
}
