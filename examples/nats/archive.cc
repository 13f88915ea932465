// Appends the messages of "DONE" to a file, and acknowledges them when they are on the disk.
#include <weir/nats/connection.h>
#include <weir/nats/consume_stream.h>
#include <weir/nats/jetstream.h>
#include <weir/weir.h>

#include <csignal>
#include <string>
#include <vector>

namespace nats = weir::nats;

int main(int argc, char** argv) {
  weir::Loop loop;
  auto servers =
      nats::connect(loop, std::vector<std::string>(argv + 2, argv + argc), {.retry_first = true});
  weir::Ref<nats::ConsumeStream> in;

  const auto archive = [&](const weir::Error& error, const nats::StreamInfo&) {
    if (error) throw error;
    auto file = weir::fs::create_write_stream(loop, argv[1], {.flags = "a"});
    in = nats::create_consume_stream(*servers, "DONE", "archive");
    nats::deliver(in, file, {.separator = "\n", .sync = true}, [](const weir::Error& failed) {
      if (failed && failed != weir::Errc::stream_premature_close) throw failed;
    });
  };
  nats::ensure_stream(*servers, {.name = "DONE", .subjects = {"events.done"}, .replicas = 3},
                      archive);

  const weir::Signal stopped(loop, SIGTERM, [&] {
    if (in) in->destroy();
  });
  loop.run();
}
