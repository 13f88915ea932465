// A log that starts a new file before the old one is longer than 1,000 bytes, keeps ten, compresses
// them, and waits for space when the disk is full.
#include <weir/weir.h>

#include <chrono>
#include <csignal>

#include <fmt/format.h>

using namespace std::chrono_literals;

int main() {
  weir::Loop loop;
  auto log = weir::fs::create_rotating_stream(
      loop, "app.log",
      {.max_size = 1'000,
       .keep = 10,
       .compress = {".gz", [](weir::Loop& on) { return weir::zlib::create_gzip(on); }},
       .retry_on_full = 1s});
  log->on<weir::fs::Rotated>(
      [](const weir::fs::Rotated& rotated) { fmt::print("{} is complete\n", rotated.path); });
  log->on<weir::fs::RotationFailed>([](const weir::fs::RotationFailed& failed) {
    fmt::print(stderr, "{}\n", failed.error.what());  // the log continues in the old file
  });
  log->on<weir::fs::Full>([] { fmt::print(stderr, "the disk is full\n"); });
  const weir::Signal hangup(loop, SIGHUP, [&] { log->reopen(); });
  for (int i = 0; i < 300; ++i) log->print("Line {}\n", i);
  log->end();
  loop.run();
}
