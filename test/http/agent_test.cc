#include <weir/http/agent.h>

#include "support/descriptors.h"
#include "support/http_client_test.h"
#include <weir/loop/stepped_clock.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace weir {
namespace {

using http::Agent;
using http::IncomingMessage;
using http::Scheduling;

class AgentTest : public test::HttpClientTest {
 protected:
  // A request by that agent which logs its path when its response comes, and when it closes.
  Ref<http::ClientRequest> get(const Ref<Agent>& agent, const std::string& path) {
    http::RequestOptions options = to_server({.agent = agent});
    options.path = path;
    const auto request =
        http::get(loop, std::move(options), [this, path](IncomingMessage& response) {
          log.add(path);
          response.resume();
        });
    request->on<Error>([this, path](const Error& error) { log.add(path + ".error", error); });
    request->on<Close>([this, path] { log.add(path + ".close"); });
    return request;
  }
  // Turns the loop until the log is that.
  std::string after(std::size_t entries) {
    std::string text;
    while (static_cast<std::size_t>(std::ranges::count(text, ' ')) + 1 < entries || text.empty()) {
      loop.poll();
      if (const std::string more = log.take(); !more.empty())
        text += (text.empty() ? "" : " ") + more;
    }
    // After Close the request's connection becomes free.
    loop.poll();
    return text;
  }
  // Until the agent has that many.
  template <class Count>
  void until(Count count, std::size_t wanted) {
    while (count() != wanted) loop.poll();
  }
};

TEST_F(AgentTest, AKeptConnectionServesTheNextRequest) {
  keep_answering_with(kKept);
  const auto agent = Agent::make(loop, {.keep_alive = true});
  const auto first = get(agent, "/a");
  EXPECT_EQ(agent->sockets(), 1u);
  EXPECT_EQ(after(2), "/a /a.close");
  EXPECT_EQ(agent->sockets(), 0u);
  EXPECT_EQ(agent->free_sockets(), 1u);
  const auto second = get(agent, "/b");
  EXPECT_EQ(agent->free_sockets(), 0u);
  EXPECT_EQ(after(2), "/b /b.close");
  EXPECT_FALSE(first->reused_socket());
  EXPECT_TRUE(second->reused_socket());
  EXPECT_EQ(sockets.size(), 1u);
  EXPECT_EQ(heard(),
            "GET /a HTTP/1.1\r\nHost: HOST\r\nConnection: keep-alive\r\n\r\n"
            "GET /b HTTP/1.1\r\nHost: HOST\r\nConnection: keep-alive\r\n\r\n");
}

TEST_F(AgentTest, AKeptConnectionDoesNotKeepTheLoopRunning) {
  keep_answering_with(kKept);
  const auto agent = Agent::make(loop, {.keep_alive = true});
  get(agent, "/a");
  after(2);
  server->unref();
  for (const auto& socket : sockets) socket->unref();
  loop.run();
  EXPECT_EQ(agent->free_sockets(), 1u);
}

TEST_F(AgentTest, WithoutKeepAliveEachRequestHasAConnectionOfItsOwn) {
  keep_answering_with(kKept);
  const auto agent = Agent::make(loop);
  get(agent, "/a");
  after(2);
  get(agent, "/b");
  after(2);
  EXPECT_EQ(sockets.size(), 2u);
  EXPECT_EQ(agent->free_sockets(), 0u);
}

TEST_F(AgentTest, AServerThatClosesIsNotAskedAgain) {
  answer_with(kOk);
  const auto agent = Agent::make(loop, {.keep_alive = true});
  get(agent, "/a");
  EXPECT_EQ(after(2), "/a /a.close");
  EXPECT_EQ(agent->free_sockets(), 0u);
  EXPECT_EQ(agent->sockets(), 0u);
}

TEST_F(AgentTest, RequestsBeyondMaxSocketsWaitTheirTurn) {
  keep_answering_with(kKept);
  const auto agent = Agent::make(loop, {.max_sockets = 1});
  get(agent, "/a");
  get(agent, "/b");
  get(agent, "/c");
  EXPECT_EQ(agent->requests(), 2u);
  EXPECT_EQ(agent->sockets(), 1u);
  EXPECT_EQ(after(6), "/a /a.close /b /b.close /c /c.close");
  EXPECT_EQ(sockets.size(), 1u);
  until([&] { return agent->sockets(); }, 0);
}

TEST_F(AgentTest, AWaitingRequestGetsAConnectionWhenTheOneInUseCloses) {
  answer_with(kOk);
  const auto agent = Agent::make(loop, {.max_sockets = 1});
  get(agent, "/a");
  get(agent, "/b");
  EXPECT_EQ(after(4), "/a /a.close /b /b.close");
  EXPECT_EQ(sockets.size(), 2u);
}

TEST_F(AgentTest, AWaitingRequestThatIsDestroyedLeavesItsConnectionToTheNext) {
  keep_answering_with(kKept);
  const auto agent = Agent::make(loop, {.max_sockets = 1});
  get(agent, "/a");
  const auto destroyed = get(agent, "/b");
  get(agent, "/c");
  destroyed->destroy();
  EXPECT_EQ(after(6), "/a /a.close /b.error(ECONNRESET) /b.close /c /c.close");
  EXPECT_EQ(sockets.size(), 1u);
}

TEST_F(AgentTest, MaxTotalSocketsCountsAllPlaces) {
  keep_answering_with(kKept);
  const auto agent = Agent::make(loop, {.keep_alive = true, .max_total_sockets = 1});
  get(agent, "/a");
  http::RequestOptions elsewhere = to_server({.agent = agent});
  elsewhere.host = "localhost";
  elsewhere.family = net::Family::ipv4;
  const auto other = http::get(loop, std::move(elsewhere), [this](IncomingMessage& response) {
    log.add("other");
    response.resume();
  });
  other->on<Close>(says("other.close"));
  EXPECT_EQ(agent->requests(), 1u);
  EXPECT_EQ(after(4), "/a /a.close other other.close");
  EXPECT_EQ(sockets.size(), 2u);
  EXPECT_EQ(test::thrown_by([&] { Agent::make(loop, {.max_total_sockets = 0}); }).name(),
            "ERR_OUT_OF_RANGE");
}

TEST_F(AgentTest, KeepsAtMostMaxFreeSocketsAndReusesThemByItsSchedule) {
  keep_answering_with(kKept);
  for (const Scheduling scheduling : {Scheduling::lifo, Scheduling::fifo}) {
    const auto agent =
        Agent::make(loop, {.keep_alive = true, .max_free_sockets = 2, .scheduling = scheduling});
    std::vector<std::uint16_t> ports;
    const auto note_port = [&](const http::SocketEvent& event) {
      const net::Connection& connection = event.connection;
      if (!connection.connecting()) ports.push_back(connection.local_address()->port);
    };
    std::vector<std::uint16_t> freed;
    for (int i = 0; i < 3; ++i) {
      const auto request = get(agent, "/x");
      request->on<http::ResponseEvent>([&](const http::ResponseEvent& event) {
        freed.push_back(event.response.connection().local_address()->port);
      });
    }
    after(6);
    EXPECT_EQ(agent->free_sockets(), 2u);
    get(agent, "/y")->on<http::SocketEvent>(note_port);
    after(2);
    ASSERT_EQ(ports.size(), 1u);
    EXPECT_EQ(ports[0], scheduling == Scheduling::lifo ? freed[1] : freed[0]);
  }
}

TEST_F(AgentTest, AFreeConnectionThatReceivesDataIsDropped) {
  keep_answering_with(kKept);
  const auto agent = Agent::make(loop, {.keep_alive = true});
  get(agent, "/a");
  after(2);
  ASSERT_EQ(agent->free_sockets(), 1u);
  sockets[0]->write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  until([&] { return agent->free_sockets(); }, 0);
  get(agent, "/b");
  EXPECT_EQ(after(2), "/b /b.close");
  EXPECT_EQ(sockets.size(), 2u);
}

TEST_F(AgentTest, ASecondAnswerAfterTheFirstEndsTheConnection) {
  keep_answering_with(kKept + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  const auto agent = Agent::make(loop, {.keep_alive = true});
  get(agent, "/a");
  EXPECT_EQ(after(2), "/a /a.close");
  until([&] { return agent->sockets(); }, 0);
  EXPECT_EQ(agent->free_sockets(), 0u);
}

TEST_F(AgentTest, AFreeConnectionThatIsClosedIsForgotten) {
  keep_answering_with(kKept);
  const auto agent = Agent::make(loop, {.keep_alive = true});
  get(agent, "/a");
  after(2);
  ASSERT_EQ(agent->free_sockets(), 1u);
  sockets[0]->end();
  until([&] { return agent->free_sockets(); }, 0);
  EXPECT_EQ(agent->sockets(), 0u);
}

TEST_F(AgentTest, AFreeConnectionIsClosedAfterTheTimeout) {
  SteppedClock clock(loop);
  keep_answering_with(kKept);
  const auto agent = Agent::make(loop, {.timeout = std::chrono::seconds(5), .keep_alive = true});
  get(agent, "/a");
  after(2);
  clock.pass(std::chrono::milliseconds(4999));
  EXPECT_EQ(agent->free_sockets(), 1u);
  clock.pass(std::chrono::milliseconds(1));
  until([&] { return agent->free_sockets(); }, 0);
}

TEST_F(AgentTest, KeepsAConnectionForASecondLessThanTheServersTimeout) {
  auto agent = Agent::make(loop, {.timeout = std::chrono::seconds(60), .keep_alive = true});
  const auto timeout_after = [&](const std::string& line) {
    std::chrono::milliseconds timeout{};
    keep_answering_with("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + line + "\r\nhi");
    Ref<net::Connection> connection;
    get(agent, "/a")->on<http::SocketEvent>([&](const http::SocketEvent& event) {
      connection = Ref<net::Connection>(&event.connection);
    });
    after(2);
    if (agent->free_sockets() == 1) timeout = connection->timeout();
    stop_server();
    until([&] { return agent->free_sockets() + agent->sockets(); }, 0);
    return timeout.count();
  };
  EXPECT_EQ(timeout_after(""), 60'000);
  EXPECT_EQ(timeout_after("Keep-Alive: timeout=7, max=3\r\n"), 6'000);
  EXPECT_EQ(timeout_after("Keep-Alive: timeout=100\r\n"), 60'000);
  EXPECT_EQ(timeout_after("Keep-Alive: timeout=1\r\n"), 0);  // not kept
  // Or by the margin in the options.
  agent = Agent::make(loop, {.timeout = std::chrono::seconds(60),
                             .keep_alive = true,
                             .keep_alive_timeout_buffer = std::chrono::milliseconds(2'500)});
  EXPECT_EQ(timeout_after("Keep-Alive: timeout=7\r\n"), 4'500);
  EXPECT_EQ(timeout_after("Keep-Alive: timeout=2\r\n"), 0);
  agent = Agent::make(loop, {.timeout = std::chrono::seconds(60),
                             .keep_alive = true,
                             .keep_alive_timeout_buffer = std::chrono::milliseconds(0)});
  EXPECT_EQ(timeout_after("Keep-Alive: timeout=1\r\n"), 1'000);
}

TEST_F(AgentTest, DestroyEndsFreeAndUsedConnections) {
  serve([](net::Socket& socket, std::string_view piece) {
    if (piece.find("/silent") == piece.npos) socket.write(kKept);
  });
  const auto agent = Agent::make(loop, {.keep_alive = true});
  get(agent, "/a");
  get(agent, "/b");
  after(4);
  EXPECT_EQ(agent->free_sockets(), 2u);
  get(agent, "/silent");
  agent->destroy();
  EXPECT_EQ(after(2), "/silent.error(ECONNRESET) /silent.close");
  until([&] { return agent->free_sockets() + agent->sockets(); }, 0);
}

TEST_F(AgentTest, FreeConnectionsGoWithTheLastRefToTheirAgent) {
  keep_answering_with(kKept);
  auto agent = Agent::make(loop, {.keep_alive = true});
  get(agent, "/a");
  after(2);
  bool closed = false;
  sockets[0]->on<Close>([&] { closed = true; });
  agent = nullptr;
  while (!closed) loop.poll();
}

TEST_F(AgentTest, TheLoopsOwnKeepsConnectionsAlive) {
  keep_answering_with(kKept);
  const auto get_by_loop = [&](const std::string& path) {
    const auto request = http::get(loop, fmt::format("http://127.0.0.1:{}{}", port, path),
                                   [](IncomingMessage& response) { response.resume(); });
    request->on<Close>([this, path] { log.add(path); });
    return request;
  };
  get_by_loop("/a");
  EXPECT_EQ(after(1), "/a");
  EXPECT_TRUE(http::global_agent(loop)->keep_alive());
  EXPECT_EQ(http::global_agent(loop)->free_sockets(), 1u);
  EXPECT_TRUE(get_by_loop("/b")->reused_socket());
  EXPECT_EQ(after(1), "/b");
  EXPECT_EQ(heard(),
            "GET /a HTTP/1.1\r\nHost: HOST\r\nConnection: keep-alive\r\n\r\n"
            "GET /b HTTP/1.1\r\nHost: HOST\r\nConnection: keep-alive\r\n\r\n");
}

TEST_F(AgentTest, ConnectsByTheFunctionThatItIsGiven) {
  keep_answering_with(kKept);
  std::string asked;
  const auto agent = Agent::make(
      loop, {.protocol = "test:",
             .default_port = 99,
             .connect = [&](Loop& on, net::ConnectOptions options, std::string server_name) {
               asked = fmt::format("{}:{} {}", options.host, *options.port, server_name);
               options.host = "127.0.0.1";
               options.port = port;
               return Ref<net::Connection>(net::connect(on, std::move(options)));
             }});
  const auto request = http::get(loop, "test://example.org/", {.agent = agent},
                                 [](IncomingMessage& response) { response.resume(); });
  request->on<Close>(says("close"));
  EXPECT_EQ(after(1), "close");
  EXPECT_EQ(asked, "example.org:99 example.org");
  EXPECT_EQ(heard(), "GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n");
}

TEST_F(AgentTest, LeavesNoDescriptorOpen) {
  const std::size_t before = test::open_descriptors();
  {
    keep_answering_with(kKept);
    const auto agent = Agent::make(loop, {.keep_alive = true, .max_sockets = 3});
    for (int i = 0; i < 10; ++i) get(agent, "/x");
    after(20);
    agent->destroy();
    stop_server();
    loop.run();
    server = nullptr;
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

}  // namespace
}  // namespace weir
