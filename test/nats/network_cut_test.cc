// A proxy between the streams and the server, which resets its connections, passes nothing on, or
// cuts off what the server sends.
#include "support/descriptors.h"
#include "support/nats_test.h"
#include <weir/nats/object_store.h>
#include <weir/net/server.h>
#include <weir/net/socket.h>
#include <weir/stream/transform.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
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
  // Connections end before they have begun.
  void refuse() {
    refuses_ = true;
    reset();
  }
  void accept_again() { refuses_ = false; }
  // The connection ends after so many bytes more of the server's.
  void cut_after(std::size_t bytes) { left_ = bytes; }
  bool is_cutting() const { return left_.has_value(); }

 private:
  void accept(net::Socket& client) {
    ++accepted_;
    if (refuses_) return client.destroy(), void();
    auto server = net::connect(loop_, {.port = port_, .host = "127.0.0.1"});
    for (net::Socket* const socket : {&client, server.get()}) {
      socket->on<Error>([](const Error&) {});
      socket->unref();
      sockets_.emplace_back(socket);
    }
    client.pipe(*server);
    server->pipe(cutter(*server))->pipe(client);
  }

  Ref<Transform> cutter(net::Socket& server) {
    return Transform::make(loop_, {.transform = [this, server = Ref<net::Socket>(&server)](
                                                    Transform& out, Chunk chunk, Done done) {
                             const std::size_t size =
                                 std::min(left_.value_or(chunk.size()), chunk.size());
                             if (size > 0) out.push(chunk.slice(0, size));
                             if (left_) *left_ -= size;
                             if (left_ == 0u) {
                               left_.reset();
                               out.push(nullptr);
                               server->destroy();
                             }
                             done();
                           }});
  }

  Loop& loop_;
  int port_;
  Ref<net::Server> server_;
  std::vector<Ref<net::Socket>> sockets_;
  std::size_t accepted_ = 0;
  bool refuses_ = false;
  std::optional<std::size_t> left_;
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

  // The proxy then has no connection, and will get none that a test does not make.
  void close_through() {
    run_until([&] { return through->connected(); }, "the connection");
    through->close();
    run_until([&] { return through->closed(); }, "its end");
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

// Each chunk is stored once, and read once and in order: else the digest would be another one.
TEST_F(NetworkCutTest, AnObjectIsWholeWhenConnectionsAreResetAndStall) {
  bool has_bucket = false;
  nats::ensure_bucket(*direct, {.name = "files"},
                      [&](const Error& error, const nats::StreamInfo&) { has_bucket = !error; });
  run_until([&] { return has_bucket; }, "the bucket");
  nats::ObjectWriteOptions options;
  options.chunk_size = 1000;
  options.high_water_mark = 100'000;
  options.low_water_mark = 50'000;
  options.ack_timeout = 1s;
  auto out = nats::create_object_write_stream(*through, "files", "object", options);
  out->on<Error>([](const Error& error) { ADD_FAILURE() << error.what(); });
  std::string content;
  const auto cut_at = [this](std::size_t before, std::size_t now) {
    if (before / 200'000 == now / 200'000) return;
    now / 200'000 % 2 == 0 ? proxy->stall() : proxy->reset();
  };
  const std::function<void()> write = [&] {
    while (content.size() < 1'000'000) {
      const std::size_t before = content.size();
      content += fmt::format("line {}\n", before);
      const bool has_room = out->write(std::string_view(content).substr(before));
      cut_at(before, content.size());
      if (!has_room) return;
    }
    if (!out->writable_ended()) out->end();
  };
  out->on<Drain>(write);
  write();
  run_until([&] { return out->closed(); }, "the end");
  EXPECT_TRUE(out->writable_finished());
  EXPECT_GT(through->reconnects(), 0u);
  EXPECT_EQ(info(*direct, "OBJ_files").messages, (content.size() + 999) / 1000 + 1);

  const std::uint64_t reconnects = through->reconnects();
  nats::ObjectReadOptions slowly;
  slowly.high_water_mark = 20'000;
  auto in = nats::create_object_read_stream(*through, "files", "object", slowly);
  in->on<Error>([](const Error& error) { ADD_FAILURE() << error.what(); });
  std::string read;
  in->on<Data>([&](const Data& data) {
    const std::size_t before = read.size();
    read += data.chunk.text();
    cut_at(before, read.size());
  });
  run_until([&] { return in->closed(); }, "the end");
  EXPECT_TRUE(read == content);
  EXPECT_GT(through->reconnects(), reconnects);
}

TEST_F(NetworkCutTest, AnObjectIsDestroyedAtOnceWithoutAConnection) {
  auto out = nats::create_object_write_stream(*through, "files", "object");
  run_until([&] { return through->connected(); }, "the connection");
  proxy->refuse();
  run_until([&] { return !through->connected(); }, "its loss");
  out->write("content");
  out->destroy();
  run_until([&] { return out->closed(); }, "the end");
}

// What is left of a message must not be taken for the begin of the next connection, nor its
// greeting for the rest of the message.
TEST_F(NetworkCutTest, NoMessageIsMixedUpWhereverAConnectionIsCut) {
  close_through();
  auto patient = connect_to(std::vector{proxy->url()});  // no ping ends it
  auto in = nats::create_subscribe_stream(*patient, "news");
  std::vector<std::string> seen;
  in->on<Received>([&](const Received& data) { seen.emplace_back(data.chunk.data.text()); });
  run_until([&] { return patient->connected(); }, "the connection");
  const std::size_t descriptors = open_descriptors();
  constexpr std::size_t kWholeMessage = std::string_view("MSG news 1 5\r\nhello\r\n").size();
  for (std::size_t at = 1; at <= kWholeMessage; ++at) {
    SCOPED_TRACE(at);
    proxy->cut_after(at);
    patient->publish("news", "hello");
    run_until([&] { return !proxy->is_cutting(); }, "the cut");
    run_until([&] { return patient->reconnects() == at; }, "another connection");
    seen.clear();
    patient->publish("news", "after");
    run_until([&] { return !seen.empty(); }, "a message");
    ASSERT_EQ(seen, std::vector<std::string>{"after"});
  }
  run_until([&] { return open_descriptors() <= descriptors; }, "the closing of what was cut");
  in->destroy();
  run_until([&] { return in->closed(); }, "the end");
}

TEST_F(NetworkCutTest, MessagesThatWaitForTheirReaderOutliveTheirConnection) {
  close_through();
  auto patient = connect_to(std::vector{proxy->url()});  // no ping ends it
  auto in = nats::create_subscribe_stream(*patient, "news", {.high_water_mark = 1});
  in->pause();
  in->read();
  run_until([&] { return patient->connected(); }, "the connection");
  for (int i = 0; i < 100; ++i) patient->publish("news", std::to_string(i));
  await_answer(*patient);
  proxy->reset();
  run_until([&] { return patient->reconnects() == 1; }, "another connection");
  std::vector<std::string> seen;
  in->on<Received>([&](const Received& data) { seen.emplace_back(data.chunk.data.text()); });
  in->resume();
  run_until([&] { return seen.size() >= 100; }, "all messages");
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(seen[i], std::to_string(i));
  in->destroy();
  run_until([&] { return in->closed(); }, "the end");
}

TEST_F(NetworkCutTest, AConnectionThatMayNotReconnectFailsItsStreams) {
  nats::ConnectOptions options;
  options.max_reconnects = 0;
  auto once = nats::connect(loop, proxy->url(), options);
  auto in = nats::create_subscribe_stream(*once, "news");
  in->on<Error>([this](const Error& error) { log.add(error.name()); });
  in->resume();
  run_until([&] { return once->connected(); }, "the connection");
  proxy->reset();
  run_until([&] { return in->closed(); }, "the end");
  EXPECT_EQ(log.take(), "ERR_NATS_NO_SERVER");
  EXPECT_TRUE(once->closed());
}

TEST_F(NetworkCutTest, AFirstServerThatDropsItsConnectionsIsTriedAgain) {
  run_until([&] { return through->connected(); }, "the connection");
  const std::size_t before = proxy->accepted();
  proxy->refuse();
  auto early = connect_to(std::vector{proxy->url()});
  run_until([&] { return proxy->accepted() > before + 5; }, "some attempts");
  proxy->accept_again();
  run_until([&] { return early->connected() && through->connected(); }, "the connections");
}

TEST_F(NetworkCutTest, AttemptsToReconnectAreCounted) {
  nats::ConnectOptions options;
  options.reconnect_wait = 5ms;
  options.reconnect_jitter = 0ms;
  options.max_reconnects = 3;
  auto few = nats::connect(loop, proxy->url(), options);
  auto in = nats::create_subscribe_stream(*few, "news");
  in->on<Error>([this](const Error& error) { log.add(error.name()); });
  in->resume();
  run_until([&] { return few->connected() && through->connected(); }, "the connections");
  through->close();
  run_until([&] { return through->closed(); }, "the other connection's end");
  const std::size_t before = proxy->accepted();
  proxy->refuse();
  run_until([&] { return in->closed(); }, "the end");
  EXPECT_EQ(log.take(), "ERR_NATS_NO_SERVER");
  EXPECT_EQ(proxy->accepted(), before + 3);
}

}  // namespace
}  // namespace weir::test
