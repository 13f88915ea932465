#include "support/nats_test.h"
#include <weir/nats/consume_stream.h>
#include <weir/nats/errors.h>

#include <string>

namespace weir::test {
namespace {

using Received = DataOf<nats::Message>;

class SubscribeStreamTest : public NatsTest {};

TEST_F(SubscribeStreamTest, AReaderThatIsTooSlowGetsWhatHasWaitedAndANamedError) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  nats::SubscribeOptions options;
  options.high_water_mark = 1;
  options.max_waiting = 10;
  auto in = nats::create_subscribe_stream(*connection, "news", options);
  in->read();
  run_until([&] { return connection->connected(); }, "the connection");
  for (int i = 0; i < 20; ++i) connection->publish("news", std::to_string(i));
  await_answer(*connection);
  in->on<Error>([this](const Error& error) { log.add(error.name()); });
  in->on<Received>([this](const Received& data) { log.add(std::string(data.chunk.data.text())); });
  run_until([&] { return in->closed(); }, "the end");
  EXPECT_EQ(log.take(), "0 1 2 3 4 5 6 7 8 9 10 ERR_NATS_SLOW_CONSUMER");
}

TEST_F(SubscribeStreamTest, ReadersOfAQueueShareTheMessages) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  nats::SubscribeOptions options;
  options.queue = "workers";
  std::size_t count = 0;
  std::vector<Ref<ObjectReadable<nats::Message>>> readers;
  for (int i = 0; i < 2; ++i) {
    readers.push_back(nats::create_subscribe_stream(*connection, "jobs", options));
    readers.back()->on<Received>([&](const Received&) { ++count; });
  }
  run_until([&] { return connection->connected(); }, "the connection");
  for (int i = 0; i < 50; ++i) connection->publish("jobs", std::to_string(i));
  await_answer(*connection);
  EXPECT_EQ(count, 50u);
  for (const auto& reader : readers) reader->destroy();
  loop.run();
}

}  // namespace
}  // namespace weir::test
