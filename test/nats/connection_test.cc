#include <weir/nats/connection.h>

#include "support/nats_test.h"
#include <weir/nats/errors.h>

#include <string>

namespace weir::test {
namespace {

using nats::Errc;

class ConnectionTest : public NatsTest {};

TEST_F(ConnectionTest, ARequestIsAnsweredOrHasNoListener) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  auto service = nats::create_subscribe_stream(*connection, "double");
  service->on<DataOf<nats::Message>>([&](const DataOf<nats::Message>& data) {
    const std::string text(data.chunk.data.text());
    connection->publish(data.chunk.reply, text + text);
  });
  run_until([&] { return connection->connected(); }, "the connection");
  loop.poll();
  std::string answer;
  connection->request("double", "ab", [&](const Error& error, const nats::Message& reply) {
    answer = error ? error.what() : std::string(reply.data.text());
  });
  run_until([&] { return !answer.empty(); }, "the answer");
  EXPECT_EQ(answer, "abab");
  Error failed;
  connection->request("nobody", "",
                      [&](const Error& error, const nats::Message&) { failed = error; });
  run_until([&] { return static_cast<bool>(failed); }, "the error");
  EXPECT_EQ(failed, Errc::no_responders) << failed.what();
  service->destroy();
  loop.run();
}

TEST_F(ConnectionTest, ServersThatRefuseAreANamedErrorOfTheStream) {
  std::string url;
  {
    const NatsServers servers;
    url = servers.url();
  }  // nobody listens there now
  auto connection = nats::connect(loop, url);
  auto out = nats::create_publish_stream(*connection, "logs");
  out->on<Error>([this](const Error& error) { log.add(error.name()); });
  out->write("x", [this](const Error& error) { log.add(error ? "failed" : "stored"); });
  loop.run();
  EXPECT_EQ(log.take(), "failed ERR_NATS_NO_SERVER");
  EXPECT_TRUE(connection->closed());
}

TEST_F(ConnectionTest, WithoutAStreamTheErrorIsTheConnections) {
  std::string url;
  {
    const NatsServers servers;
    url = servers.url();
  }
  auto connection = nats::connect(loop, url);
  EXPECT_THROW(loop.run(), Error);
}

TEST_F(ConnectionTest, ARefusedUserIsANamedError) {
  const NatsServers servers(1, "authorization { user: weir, password: secret }");
  {
    nats::ConnectOptions right;
    right.user = "weir";
    right.password = "secret";
    auto connection = connect_to(servers, right);
    make_stream(*connection, {.name = "LOGS"});
  }
  nats::ConnectOptions wrong;
  wrong.user = "weir";
  wrong.password = "guess";
  auto connection = nats::connect(loop, servers.urls(), wrong);
  connection->on<Error>([this](const Error& error) { log.add(error.name()); });
  connection->on<Close>([this] { log.add("close"); });
  loop.run();
  EXPECT_EQ(log.take(), "ERR_NATS_AUTHORIZATION close");
}

TEST_F(ConnectionTest, AListOfUrlsIsWrittenInBraces) {
  const NatsServers servers;
  const std::string url = servers.url();
  for (const auto& connection :
       {nats::connect(loop, {"nats://127.0.0.1:1", url}, {.retry_first = true}),
        nats::connect(loop, {url}, {.retry_first = true})})
    run_until([&] { return connection->connected(); }, "the connection");
  const auto refused = nats::connect(loop, {"nats://127.0.0.1:1", "nats://127.0.0.1:2"});
  refused->on<Error>([this](const Error& error) { log.add(error.name()); });
  run_until([&] { return refused->closed(); }, "the refusal");
  EXPECT_EQ(log.take(), "ERR_NATS_NO_SERVER");
}

TEST_F(ConnectionTest, ThePasswordIsInNoMessage) {
  auto connection = nats::connect(loop, "nats://weir:secret@127.0.0.1:1");
  std::string message;
  connection->on<Error>([&](const Error& error) { message = error.what(); });
  loop.run();
  EXPECT_NE(message.find("127.0.0.1:1"), message.npos) << message;
  EXPECT_EQ(message.find("secret"), message.npos) << message;
}

TEST_F(ConnectionTest, AnIdleConnectionDoesNotKeepTheLoopRunning) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS"});
  loop.run();
  EXPECT_TRUE(connection->connected());
}

TEST_F(ConnectionTest, CloseFailsTheStreams) {
  const NatsServers servers;
  auto connection = connect_to(servers);
  make_stream(*connection, {.name = "LOGS"});
  auto in = nats::create_consume_stream(*connection, "LOGS", "");
  in->on<Error>([this](const Error& error) { log.add(error.name()); });
  in->resume();
  connection->on<Close>([this] { log.add("close"); });
  connection->close();
  loop.run();
  EXPECT_EQ(log.take(), "ERR_NATS_CLOSED close");
}

TEST_F(ConnectionTest, StreamsAndConnectionsMayOutliveTheLoop) {
  const NatsServers servers;
  auto own = std::make_unique<Loop>();
  auto connection = nats::connect(*own, servers.url(), {.retry_first = true});
  auto out = nats::create_publish_stream(*connection, "logs");
  auto in = nats::create_consume_stream(*connection, "LOGS", "");
  out->write("x", cb("write"));
  for (int i = 0; i < 3; ++i) own->poll();
  connection->request("nobody", "",
                      [this](const Error&, const nats::Message&) { log.add("reply"); });
  own.reset();
  EXPECT_EQ(log.take(), "");
}

}  // namespace
}  // namespace weir::test
