// Copies a file at 2 MB a second, after a first burst of 100 KB.
#include <weir/weir.h>

#include <fmt/format.h>

int main() {
  weir::Loop loop;
  weir::pipeline(weir::fs::create_read_stream(loop, "input.txt"),
                 weir::create_rate_limit(loop, {.bytes_per_second = 2'000'000, .burst = 100'000}),
                 weir::fs::create_write_stream(loop, "output.txt"), [](const weir::Error& error) {
                   fmt::print("{}\n", error ? error.what() : "copied");
                 });
  loop.run();
}
