// Saves a file completely or not at all: readers find the old text or the new one, also after an
// error.
#include <weir/weir.h>

#include <string>

#include <fmt/format.h>

void save(weir::Loop& loop, const std::string& path, const std::string& text) {
  auto stream = weir::fs::create_replacing_stream(loop, path, {.mode = 0600, .flush = true});
  stream->on<weir::Finish>([path] { fmt::print("{} is saved\n", path); });
  stream->on<weir::Error>([path](const weir::Error& error) {
    fmt::print("saving {} failed: {}\n", path, error.what());
  });
  stream->end(text);
}

int main() {
  weir::Loop loop;
  save(loop, "settings.json", "{\"colour\": \"green\"}\n");
  save(loop, "missing/settings.json", "{}\n");
  loop.run();
}
