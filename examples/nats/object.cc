// Stores a file as an object of the bucket FILES, or fetches it: object store|fetch FILE SERVER...
#include <weir/nats/connection.h>
#include <weir/nats/object_store.h>
#include <weir/weir.h>

#include <string>
#include <string_view>
#include <vector>

namespace nats = weir::nats;

int main(int argc, char** argv) {
  const std::string path = argv[2];
  weir::Loop loop;
  auto servers =
      nats::connect(loop, std::vector<std::string>(argv + 3, argv + argc), {.retry_first = true});
  const auto finished = [](const weir::Error& error) {
    if (error) throw error;
  };

  const auto store = [&](const weir::Error& error, const nats::StreamInfo&) {
    if (error) throw error;
    auto file = weir::fs::create_read_stream(loop, path);
    auto object = nats::create_object_write_stream(*servers, "FILES", path);
    weir::pipeline(file, object, finished);  // once the servers have all of it
  };
  const auto fetch = [&] {
    auto object = nats::create_object_read_stream(*servers, "FILES", path);
    auto file = weir::fs::create_replacing_stream(loop, path);
    weir::pipeline(object, file, finished);
  };
  if (std::string_view(argv[1]) == "fetch")
    fetch();
  else
    nats::ensure_bucket(*servers, {.name = "FILES"}, store);
  loop.run();
}
