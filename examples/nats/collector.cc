// Publishes the lines of standard input to "events.raw"; see run-cluster.
#include <weir/nats/connection.h>
#include <weir/nats/jetstream.h>
#include <weir/nats/publish_stream.h>
#include <weir/weir.h>

#include <string>
#include <vector>

#include <fmt/format.h>

namespace nats = weir::nats;

int main(int argc, char** argv) {
  weir::Loop loop;
  auto servers =
      nats::connect(loop, std::vector<std::string>(argv + 1, argv + argc), {.retry_first = true});
  const auto publish = [&](const weir::Error& error, const nats::StreamInfo&) {
    if (error) throw error;
    nats::PublishOptions options;
    options.framing = nats::Framing::line;
    auto out = nats::create_publish_stream(*servers, "events.raw", options);
    weir::pipeline(weir::standard_input(loop), out, [&, out](const weir::Error& failed) {
      if (failed) throw failed;
      fmt::print("collector: {} messages are stored\n", out->counts().published);
    });
  };
  nats::ensure_stream(*servers, {.name = "RAW", .subjects = {"events.raw"}, .replicas = 3},
                      publish);
  loop.run();
}
