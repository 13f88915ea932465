// Consumers that others have made, limited or deleted, and messages that look like the server's.
#include "support/nats_test.h"
#include <weir/nats/errors.h>

#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

namespace weir::test {
namespace {

using nlohmann::json;
using Received = DataOf<nats::Message>;

class ConsumerLimitsTest : public NatsTest {
 protected:
  void SetUp() override {
    NatsTest::SetUp();
    if (IsSkipped()) return;
    connection = connect_to(servers);
    make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}});
  }

  json ask(const std::string& call, const json& body = {}) {
    json answer;
    bool has_come = false;
    connection->request("$JS.API." + call, body.is_null() ? "" : body.dump(),
                        [&](const Error& error, const nats::Message& reply) {
                          EXPECT_FALSE(error) << error.what();
                          answer = json::parse(reply.data.text());
                          has_come = true;
                        });
    run_until([&] { return has_come; }, "the answer");
    return answer;
  }
  void make_consumer(json config) {
    config["durable_name"] = "reader";
    config["ack_policy"] = "explicit";
    const json answer = ask("CONSUMER.DURABLE.CREATE.LOGS.reader",
                            {{"stream_name", "LOGS"}, {"config", std::move(config)}});
    ASSERT_FALSE(answer.contains("error")) << answer.dump();
  }
  json consumer() { return ask("CONSUMER.INFO.LOGS.reader")["config"]; }

  void publish(const std::vector<std::string>& messages, const nats::PublishOptions& options = {}) {
    const auto out = nats::create_publish_stream(*connection, "logs", options);
    for (const std::string& message : messages) out->write(message);
    out->end();
    run_until([&] { return out->closed(); }, "the messages");
  }

  // The lengths of the messages, or the name of an error.
  std::string read_all(const std::string& durable, nats::ConsumeOptions options = {}) {
    options.until_empty = true;
    const auto in = nats::create_consume_stream(*connection, "LOGS", durable, options);
    in->on<Received>([this](const Received& data) {
      log.add(std::to_string(data.chunk.data.size()));
      data.chunk.ack();
    });
    in->on<Error>([this](const Error& error) { log.add(error.name()); });
    run_until([&] { return in->closed(); }, "the end");
    return log.take();
  }

  NatsServers servers;
  Ref<nats::Connection> connection;
};

TEST_F(ConsumerLimitsTest, PullsKeepToWhatTheConsumerAllows) {
  make_consumer({{"max_batch", 2}, {"max_expires", 2'000'000'000}, {"max_bytes", 1000}});
  publish({"a", "bb", "ccc", "dddd", "eeeee"});
  EXPECT_EQ(read_all("reader"), "1 2 3 4 5");
  publish({"a", "bb", "ccc"});
  const auto in = nats::create_consume_stream(*connection, "LOGS", "reader");
  in->on<Received>([this](const Received& data) {
    log.add(std::to_string(data.chunk.data.size()));
    data.chunk.ack();
  });
  in->on<Error>([this](const Error& error) { log.add(error.what()); });
  run_until([&] { return in->counts().acked == 3 || in->closed(); }, "the messages");
  EXPECT_EQ(log.take(), "1 2 3");
  in->destroy();
}

TEST_F(ConsumerLimitsTest, AMessageOfMoreThanMaxBytesComesAlone) {
  publish({"a", std::string(3000, 'x'), "bb", std::string(5000, 'y'), "ccc"});
  nats::ConsumeOptions options;
  options.max_bytes = 1000;
  EXPECT_EQ(read_all("", options), "1 3000 2 5000 3");
  make_consumer({{"max_bytes", 1000}});
  EXPECT_EQ(read_all("reader"), "1 3000 2 5000 3");
}

// The server ends a pull with the same words where the next message has more bytes than are left.
TEST_F(ConsumerLimitsTest, MessagesThatFillMaxBytesComeWithoutAPause) {
  publish(std::vector<std::string>(100, std::string(600, 'x')));
  nats::ConsumeOptions options;
  options.max_bytes = 1000;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(read_all("", options).size(), 399u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);  // with a pause for each: 25 s
}

TEST_F(ConsumerLimitsTest, AConsumerThatPushesIsAnError) {
  make_consumer({{"deliver_subject", "elsewhere"}});
  EXPECT_EQ(read_all("reader"), "ERR_NATS_API");
}

TEST_F(ConsumerLimitsTest, AStreamClosesAlthoughItsConsumerIsGoneWithItsAcknowledgements) {
  publish({"a"});
  nats::ConsumeOptions options;
  options.ack_wait = std::chrono::seconds(1);
  const auto in = nats::create_consume_stream(*connection, "LOGS", "reader", options);
  std::optional<nats::Message> message;
  in->on<Received>([&](const Received& data) { message = data.chunk; });
  run_until([&] { return message.has_value(); }, "the message");
  bool is_deleted = false;
  nats::delete_consumer(*connection, "LOGS", "reader", [&](const Error&) { is_deleted = true; });
  run_until([&] { return is_deleted; }, "the end of the consumer");
  message->ack();
  in->destroy();
  run_until([&] { return in->closed(); }, "the end");
}

TEST_F(ConsumerLimitsTest, AConsumerOfAStreamsOwnEndsWithIt) {
  publish({"a", "bb"});
  EXPECT_EQ(read_all(""), "1 2");
  const auto in = nats::create_consume_stream(*connection, "LOGS", "");
  run_until([&] { return !in->consumer().empty(); }, "the consumer");
  in->destroy();
  run_until([&] { return ask("STREAM.INFO.LOGS")["state"]["consumer_count"] == 0; }, "its end");
}

TEST_F(ConsumerLimitsTest, WithoutAcknowledgementsAConsumerThatTheServerHasDroppedIsReplaced) {
  publish({"a", "bb", "ccc", "dddd"});
  nats::ConsumeOptions options;
  options.acks = nats::Acks::none;
  options.high_water_mark = 1;
  const auto in = nats::create_consume_stream(*connection, "LOGS", "", options);
  in->on<Error>([this](const Error& error) { log.add(error.name()); });
  in->on<Received>([&](const Received& data) {
    log.add(std::to_string(data.chunk.data.size()));
    if (data.chunk.data.size() == 2) in->pause();
  });
  run_until([&] { return in->is_paused(); }, "the pause");
  ask("CONSUMER.DELETE.LOGS." + in->consumer());
  in->resume();
  run_until([&] { return in->counts().received == 4 || in->closed(); }, "the rest");
  EXPECT_EQ(log.take(), "1 2 3 4");
  in->destroy();
}

TEST_F(ConsumerLimitsTest, ABookmarkChangesNothingElseOfAConsumer) {
  make_consumer({{"ack_wait", 5'000'000'000}, {"filter_subject", "logs"}, {"max_ack_pending", 7}});
  Error failed;
  bool is_set = false;
  nats::set_bookmark(*connection, "LOGS", "reader", "here", [&](const Error& error) {
    failed = error;
    is_set = true;
  });
  run_until([&] { return is_set; }, "the bookmark");
  EXPECT_FALSE(failed) << failed.what();
  const json config = consumer();
  EXPECT_EQ(config["description"], "here");
  EXPECT_EQ(config["ack_wait"], 5'000'000'000);
  EXPECT_EQ(config["filter_subject"], "logs");
  EXPECT_EQ(config["max_ack_pending"], 7);
}

TEST_F(ConsumerLimitsTest, AnEmptyMessageWithAStatusIsAMessage) {
  nats::PublishOptions options;
  options.headers = [](const Buffer& data, nats::Headers& headers) {
    if (data.size() == 0) headers.emplace_back("Status", "404");
  };
  publish({"a", "", "ccc"}, options);
  EXPECT_EQ(read_all(""), "1 0 3");
}

TEST_F(ConsumerLimitsTest, ASubscriptionThatIsReadAfterTheConnectionHasClosedGetsTheError) {
  const auto in = nats::create_subscribe_stream(*connection, "news");
  in->on<Error>([this](const Error& error) { log.add(error.name()); });
  await_answer(*connection);
  connection->close();
  run_until([&] { return connection->closed(); }, "its end");
  in->resume();
  run_until([&] { return in->closed(); }, "the stream's end");
  EXPECT_EQ(log.take(), "ERR_NATS_CLOSED");
}

}  // namespace
}  // namespace weir::test
