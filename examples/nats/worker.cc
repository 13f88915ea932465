// Reads "RAW", and publishes the length and the text of each message to "events.done". Start as
// many workers as you like: they share the messages, and those of one that is killed go to the
// others.
#include <weir/nats/connection.h>
#include <weir/nats/consume_stream.h>
#include <weir/nats/jetstream.h>
#include <weir/nats/publish_stream.h>
#include <weir/weir.h>

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace nats = weir::nats;

int main(int argc, char** argv) {
  weir::Loop loop;
  auto servers =
      nats::connect(loop, std::vector<std::string>(argv + 1, argv + argc), {.retry_first = true});
  weir::Ref<nats::ConsumeStream> in;
  weir::Ref<weir::ObjectWritable<nats::Message>> out;

  const auto work = [&](const weir::Error& error, const nats::StreamInfo&) {
    if (error) throw error;
    nats::PublishOptions options;
    // The number of the message it came from is in a result's id, so a message that is worked on
    // twice, because its worker was killed, has one result.
    options.message_id = [](const weir::Buffer& data, std::uint64_t) {
      return fmt::format("raw-{}", data.text().substr(0, data.text().find('\t')));
    };
    out = nats::create_publish_stream<nats::Message>(
        *servers, "events.done",
        [](const nats::Message& message) {
          return weir::Buffer::adopt(fmt::format("{}\t{}\t{}", message.sequence,
                                                 message.data.size(), message.data.text()));
        },
        options);
    in = nats::create_consume_stream(*servers, "RAW", "workers");
    out->on<weir::Drain>([&] { in->resume(); });
    in->on<weir::DataOf<nats::Message>>([&](const weir::DataOf<nats::Message>& data) {
      const nats::Message message = data.chunk;
      // The result is stored: only now the message is done.
      const bool room = out->write(message, [message](const weir::Error& failed) {
        if (!failed) message.ack();
      });
      if (!room) in->pause();
    });
  };
  nats::ensure_stream(*servers, {.name = "RAW", .subjects = {"events.raw"}, .replicas = 3},
                      [&](const weir::Error& error, const nats::StreamInfo&) {
                        if (error) throw error;
                        nats::ensure_stream(
                            *servers, {.name = "DONE", .subjects = {"events.done"}, .replicas = 3},
                            work);
                      });

  const weir::Signal stopped(loop, SIGTERM, [&] {
    if (in) in->destroy();
    if (out) out->end();
  });
  loop.run();
}
