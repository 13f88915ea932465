#include <weir/nats/publish_stream.h>

#include "support/nats_test.h"
#include <weir/nats/errors.h>

#include <string>
#include <vector>

#include <fmt/format.h>

namespace weir::test {
namespace {

using nats::Errc;
using Received = DataOf<nats::Message>;

class PublishStreamTest : public NatsTest {};

TEST_F(PublishStreamTest, AWriteCompletesWhenJetStreamHasStoredItsMessage) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs.>"}});
  auto out = nats::create_publish_stream(*connection, "logs.web");
  out->write("first", cb("first"));
  out->write("second", cb("second"));
  EXPECT_EQ(out->writable_length(), 11u);
  out->on<Finish>([this] { log.add("finish"); });
  out->end();
  run_until([&] { return out->closed(); }, "the end");
  EXPECT_EQ(log.take(), "first second finish");
  EXPECT_EQ(info(*connection, "LOGS").messages, 2u);
  EXPECT_EQ(out->counts().published, 2u);
}

TEST_F(PublishStreamTest, ManyMessagesAreInFlightAndTheMarkBoundsThem) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs.>"}});
  nats::PublishOptions options;
  options.high_water_mark = 1000;
  options.low_water_mark = 500;
  auto out = nats::create_publish_stream(*connection, "logs.web", options);
  std::size_t most = 0;
  std::size_t most_in_flight = 0;
  int written = 0;
  std::function<void()> write = [&] {
    while (written < 1000)
      if (!out->write(fmt::format("{:010}", written++))) break;
    most = std::max(most, out->writable_length());
    if (written == 1000) out->end();
  };
  out->on<Drain>([&] {
    most_in_flight = std::max<std::size_t>(most_in_flight, out->counts().in_flight);
    write();
  });
  write();
  run_until([&] { return out->closed(); }, "the end");
  EXPECT_LE(most, 1000u);
  EXPECT_GT(most_in_flight, 1u);
  EXPECT_EQ(info(*connection, "LOGS").messages, 1000u);
}

TEST_F(PublishStreamTest, LinesBecomeMessagesWhateverTheChunksAre) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}});
  nats::PublishOptions options;
  options.framing = nats::Framing::line;
  auto out = nats::create_publish_stream(*connection, "logs", options);
  out->write("one\ntw");
  out->write("o\n\nfo");
  out->write("ur");
  out->end();
  run_until([&] { return out->closed(); }, "the end");
  nats::ConsumeOptions consume;
  consume.until_empty = true;
  auto in = nats::create_consume_stream(*connection, "LOGS", "", consume);
  std::string lines;
  in->on<Received>([&](const Received& data) {
    lines += fmt::format("[{}]", data.chunk.data.text());
    data.chunk.ack();
  });
  run_until([&] { return in->closed(); }, "the messages");
  EXPECT_EQ(lines, "[one][two][][four]");
}

TEST_F(PublishStreamTest, TypedValuesHeadersAndSubjectsAreFunctionsOfTheValue) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs.>"}});
  nats::PublishOptions options;
  options.headers = [](const Buffer& data, nats::Headers& headers) {
    headers.emplace_back("Size", std::to_string(data.size()));
  };
  options.subject = [](const Buffer& data) { return fmt::format("logs.{}", data.text()); };
  auto out = nats::create_publish_stream<int>(
      *connection, "logs.x", [](const int& value) { return Buffer::copy(std::to_string(value)); },
      options);
  out->write(7);
  out->write(123);
  out->end();
  run_until([&] { return out->closed(); }, "the end");
  nats::ConsumeOptions consume;
  consume.until_empty = true;
  auto in = nats::create_consume_stream(*connection, "LOGS", "", consume);
  std::string got;
  in->on<Received>([&](const Received& data) {
    const nats::Message& message = data.chunk;
    got += fmt::format("{} {} {}; ", message.sequence, message.subject,
                       nats::find_header(message.headers, "Size").value_or("none"));
    message.ack();
  });
  run_until([&] { return in->closed(); }, "the messages");
  EXPECT_EQ(got, "1 logs.7 1; 2 logs.123 3; ");
}

TEST_F(PublishStreamTest, IdsThatAreSeenTwiceAreStoredOnceAndCounted) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}});
  nats::PublishOptions options;
  options.message_id = [](const Buffer&, std::uint64_t number) {
    return fmt::format("run-{}", number);
  };
  publish_all(*connection, "logs", 10, options);
  auto again = nats::create_publish_stream(*connection, "logs", options);
  for (int i = 0; i < 12; ++i) again->print("{}", i);
  again->end();
  run_until([&] { return again->closed(); }, "the second run");
  EXPECT_EQ(again->counts().duplicates, 10u);
  EXPECT_EQ(info(*connection, "LOGS").messages, 12u);
}

TEST_F(PublishStreamTest, AFullStreamIsANamedError) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(
      *connection,
      {.name = "LOGS", .subjects = {"logs"}, .discard = nats::Discard::newest, .max_messages = 5});
  auto out = nats::create_publish_stream(*connection, "logs");
  Error failed;
  out->on<Error>([&](const Error& error) { failed = error; });
  int completed = 0;
  int refused = 0;
  for (int i = 0; i < 8; ++i)
    out->write("x", [&](const Error& error) { ++(error ? refused : completed); });
  run_until([&] { return out->closed(); }, "the error");
  EXPECT_EQ(failed, Errc::stream_full) << failed.what();
  EXPECT_EQ(completed + refused, 8);
  EXPECT_EQ(info(*connection, "LOGS").messages, 5u);
}

TEST_F(PublishStreamTest, ASubjectThatNoStreamStoresIsANamedError) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}});
  auto out = nats::create_publish_stream(*connection, "elsewhere");
  out->on<Error>([this](const Error& error) { log.add(error.name()); });
  out->write("x", [this](const Error& error) { log.add(error ? "refused" : "stored"); });
  run_until([&] { return out->closed(); }, "the error");
  EXPECT_EQ(log.take(), "refused ERR_NATS_NO_STREAM");
}

TEST_F(PublishStreamTest, AStreamThatIsDeletedMeanwhileIsANamedError) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}});
  auto out = nats::create_publish_stream(*connection, "logs");
  out->on<Error>([this](const Error& error) { log.add(error.name()); });
  out->write("x", [&](const Error&) {
    nats::delete_stream(*connection, "LOGS", [&](const Error&) { out->write("y"); });
  });
  run_until([&] { return out->closed(); }, "the error");
  EXPECT_EQ(log.take(), "ERR_NATS_NO_STREAM");
}

TEST_F(PublishStreamTest, AMessageThatIsTooLargeIsANamedError) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}});
  auto out = nats::create_publish_stream(*connection, "logs");
  out->on<Error>([this](const Error& error) { log.add(error.name()); });
  out->write(std::string(std::size_t{2} << 20, 'x'));
  run_until([&] { return out->closed(); }, "the error");
  EXPECT_EQ(log.take(), "ERR_NATS_PAYLOAD_TOO_LARGE");
}

TEST_F(PublishStreamTest, ADestroyedStreamFailsEachWriteOnce) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}});
  auto out = nats::create_publish_stream(*connection, "logs");
  int called = 0;
  for (int i = 0; i < 100; ++i) out->write("x", [&](const Error&) { ++called; });
  loop.set_immediate([&] { out->destroy(); });
  run_until([&] { return out->closed() && called == 100; }, "the callbacks");
  loop.poll();
  EXPECT_EQ(called, 100);
}

TEST_F(PublishStreamTest, PlainMessagesCompleteWhenTheServerHasThem) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  auto in = nats::create_subscribe_stream(*connection, "news.*");
  std::string got;
  in->on<Received>([&](const Received& data) {
    got += fmt::format("{}={};", data.chunk.subject, data.chunk.data.text());
  });
  nats::PublishOptions options;
  options.guarantee = nats::Guarantee::sent;
  auto out = nats::create_publish_stream(*connection, "news.weather", options);
  run_until([&] { return connection->connected(); }, "the connection");
  out->write("rain", cb("rain"));
  out->write("sun", cb("sun"));
  out->end();
  run_until([&] { return out->closed() && got.size() > 30; }, "the messages");
  EXPECT_EQ(got, "news.weather=rain;news.weather=sun;");
  EXPECT_EQ(log.take(), "rain sun");
  in->destroy();
  run_until([&] { return in->closed(); }, "the end");
}

TEST_F(PublishStreamTest, AWriteAfterTheConnectionHasClosedFails) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}});
  auto out = nats::create_publish_stream(*connection, "logs");
  out->on<Error>([this](const Error& error) { log.add(error.name()); });
  run_until([&] { return connection->connected(); }, "the connection");
  connection->close();
  run_until([&] { return connection->closed(); }, "its end");
  out->write("late");
  run_until([&] { return out->closed(); }, "the stream's end");
  EXPECT_EQ(log.take(), "ERR_NATS_CLOSED");
}

}  // namespace
}  // namespace weir::test
