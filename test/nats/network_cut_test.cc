// A proxy between the streams and the server, which resets its connections, or passes nothing on.
#include "support/nats_test.h"
#include <weir/net/server.h>
#include <weir/net/socket.h>

#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace weir::test {
namespace {

using Received = DataOf<nats::Message>;

class Proxy {
 public:
  Proxy(Loop& loop, int port) : loop_(loop), port_(port) {
    server_ = net::create_server(loop, [this](net::Socket& client) { accept(client); });
    server_->listen(0, "127.0.0.1");
    server_->unref();
  }
  ~Proxy() { reset(); }

  bool is_listening() const { return server_->listening(); }
  std::string url() const { return fmt::format("nats://127.0.0.1:{}", server_->address()->port); }
  std::size_t accepted() const { return accepted_; }
  // Ends all connections, as a machine that goes down.
  void reset() {
    for (const Ref<net::Socket>& socket : std::exchange(sockets_, {})) socket->destroy();
  }
  // The connections stay, and carry nothing any more.
  void stall() {
    for (const Ref<net::Socket>& socket : sockets_) socket->unpipe();
  }

 private:
  void accept(net::Socket& client) {
    ++accepted_;
    auto server = net::connect(loop_, {.port = port_, .host = "127.0.0.1"});
    for (net::Socket* const socket : {&client, server.get()}) {
      socket->on<Error>([](const Error&) {});
      socket->unref();
      sockets_.emplace_back(socket);
    }
    client.pipe(*server);
    server->pipe(client);
  }

  Loop& loop_;
  int port_;
  Ref<net::Server> server_;
  std::vector<Ref<net::Socket>> sockets_;
  std::size_t accepted_ = 0;
};

class NetworkCutTest : public NatsTest {
 protected:
  void SetUp() override {
    NatsTest::SetUp();
    if (IsSkipped()) return;
    servers = std::make_unique<NatsServers>();
    direct = connect_to(*servers);
    make_stream(*direct, {.name = "LOGS", .subjects = {"logs"}});
    proxy = std::make_unique<Proxy>(loop, servers->port());
    run_until([&] { return proxy->is_listening(); }, "the proxy");
    nats::ConnectOptions options;
    options.retry_first = true;
    options.reconnect_wait = 10ms;
    options.reconnect_jitter = 10ms;
    options.ping_interval = 100ms;
    options.max_pings_out = 2;
    through = nats::connect(loop, proxy->url(), options);
  }
  void TearDown() override {
    if (through) through->close();
    if (proxy) proxy->reset();
  }

  // Publishes 3,000 messages, and cuts the network after each 500.
  void publish_with(const std::function<void()>& cut) {
    constexpr int kCount = 3000;
    nats::PublishOptions options;
    options.high_water_mark = 1000;
    options.low_water_mark = 500;
    options.ack_timeout = 1s;
    auto out = nats::create_publish_stream(*through, "logs", options);
    int written = 0;
    int completed = 0;
    const std::function<void()> write = [&] {
      while (written < kCount)
        if (!out->write(std::to_string(written++), [&](const Error& error) {
              EXPECT_FALSE(error) << error.what();
              if (++completed % 500 == 0 && completed < kCount) cut();
            }))
          return;
      if (!out->writable_ended()) out->end();
    };
    out->on<Drain>(write);
    write();
    run_until([&] { return out->closed(); }, "the end");
    EXPECT_EQ(completed, kCount);
    EXPECT_EQ(info(*direct, "LOGS").messages, 3000u);
    EXPECT_GT(through->reconnects(), 0u);
  }

  std::unique_ptr<NatsServers> servers;
  Ref<nats::Connection> direct;
  std::unique_ptr<Proxy> proxy;
  Ref<nats::Connection> through;
};

TEST_F(NetworkCutTest, EachMessageIsStoredOnceWhenConnectionsAreReset) {
  publish_with([&] { proxy->reset(); });
}

TEST_F(NetworkCutTest, EachMessageIsStoredOnceWhenConnectionsStall) {
  publish_with([&] { proxy->stall(); });
}

// JetStream counts a message as done once it has sent it, even if the connection loses it.
TEST_F(NetworkCutTest, WithoutAcknowledgementsEachMessageIsHandedOnOnceAndInOrder) {
  publish_all(*direct, "logs", 2000);
  for (const std::uint64_t mark : {1, 50, 3000}) {
    SCOPED_TRACE(mark);
    nats::ConsumeOptions options;
    options.high_water_mark = static_cast<std::int64_t>(mark);
    options.acks = nats::Acks::none;
    options.until_empty = true;
    auto in = nats::create_consume_stream(*through, "LOGS", "", options);
    proxy->reset();  // perhaps before the consumer exists
    std::vector<std::uint64_t> sequences;
    in->on<Received>([&](const Received& data) {
      sequences.push_back(data.chunk.sequence);
      if (sequences.size() % 400 == 200) proxy->reset();
      if (sequences.size() % 800 == 0) proxy->stall();
    });
    run_until([&] { return in->closed(); }, "the end");
    ASSERT_EQ(sequences.size(), 2000u);
    for (std::size_t i = 0; i < sequences.size(); ++i) ASSERT_EQ(sequences[i], i + 1);
  }
}

TEST_F(NetworkCutTest, EachMessageIsHandedOnOnceWhenConnectionsAreResetAndStall) {
  publish_all(*direct, "logs", 2000);
  nats::ConsumeOptions options;
  options.high_water_mark = 50;
  options.ack_wait = 1s;  // what was on the way is delivered again
  auto in = nats::create_consume_stream(*through, "LOGS", "reader", options);
  std::map<std::uint64_t, int> seen;
  in->on<Received>([&](const Received& data) {
    ++seen[data.chunk.sequence];
    data.chunk.ack();
    if (seen.size() % 400 == 200) proxy->reset();
    if (seen.size() % 400 == 0) proxy->stall();
  });
  run_until([&] { return in->counts().acked == 2000; }, "all acknowledgements");
  EXPECT_EQ(seen.size(), 2000u);
  for (const auto& [sequence, times] : seen) EXPECT_EQ(times, 1) << sequence;
  EXPECT_GT(through->reconnects(), 0u);
  in->destroy();
  run_until([&] { return in->closed(); }, "the end");
}

}  // namespace
}  // namespace weir::test
