// HTTP servers on each loop of a LoopGroup.
#include "support/certificates.h"
#include "support/event_log.h"
#include <weir/http/agent.h>
#include <weir/http/request.h>
#include <weir/http/server.h>
#include <weir/loop/loop_group.h>
#include <weir/net/server_group.h>
#include <weir/net/tls_context.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::http {
namespace {

using std::chrono_literals::operator""h;
using Servers = net::ServerGroup<Server>;

class HttpServerGroupTest : public testing::Test {
 protected:
  // Runs the group; `use(port)` runs on another thread once all servers listen.
  template <class Use>
  static void run(LoopGroup& loops, Servers& servers, Use use) {
    std::jthread clients;
    servers.listen(0, "127.0.0.1", [&] {
      clients = std::jthread([&, port = servers.address()->port] { use(port); });
    });
    loops.run();
  }

  // The bodies of `count` requests, each on a connection of its own.
  static std::string bodies(std::uint16_t port, int count, const std::string& path = "/") {
    Loop loop;
    std::string all;
    for (int i = 0; i < count; ++i)
      get(loop, {.port = port, .host = "127.0.0.1", .path = path, .own_agent = true},
          [&](IncomingMessage& response) {
            response.on<Data>([&](const Data& data) { all += data.chunk.text(); });
          });
    loop.run();
    return all;
  }
};

TEST_F(HttpServerGroupTest, EveryLoopAnswers) {
  LoopGroup loops(3);
  std::atomic<int> answers[3] = {};
  Servers servers(loops, [&](Loop& loop) {
    return create_server(loop, [&, index = &loop - loops.begin()](auto&, auto& response) {
      EXPECT_TRUE(loop.ticks().is_current());
      ++answers[index];
      response.end("x");
    });
  });
  run(loops, servers, [&](std::uint16_t port) {
    EXPECT_EQ(bodies(port, 150), std::string(150, 'x'));
    servers.close();
  });
  for (const std::atomic<int>& number : answers) EXPECT_GT(number, 0);
  EXPECT_EQ(answers[0] + answers[1] + answers[2], 150);
}

constexpr int kRequests = 30;

void end_once_all_have_begun(Loop& loop, Ref<ServerResponse> response,
                             const std::atomic<int>& begun) {
  if (begun == kRequests) return static_cast<void>(response->end("done "));
  loop.set_immediate([&loop, response = std::move(response), &begun] {
    end_once_all_have_begun(loop, response, begun);
  });
}

TEST_F(HttpServerGroupTest, AGracefulCloseSendsTheUnfinishedResponses) {
  LoopGroup loops(3);
  test::EventLog log;
  std::atomic<int> begun = 0;
  Servers* group = nullptr;
  Servers servers(loops, [&](Loop& loop) {
    return create_server(loop, [&](IncomingMessage&, ServerResponse& response) {
      response.write("begun ");
      end_once_all_have_begun(loop, Ref<ServerResponse>(&response), begun);
      // The others are under way then, on any of the loops.
      if (++begun == kRequests)
        group->close_gracefully(1h, [&](const Error& error) { log.add("closed", error); });
    });
  });
  group = &servers;
  run(loops, servers, [&](std::uint16_t port) {
    const std::string all = bodies(port, kRequests);
    int done = 0;
    for (std::size_t at = 0; (at = all.find("done ", at)) != std::string::npos; ++at) ++done;
    EXPECT_EQ(done, kRequests) << all;
  });
  EXPECT_EQ(log.take(), "closed");
}

TEST_F(HttpServerGroupTest, WithTls) {
  const test::Authority authority;
  const test::Identity identity = authority.issue();
  LoopGroup loops(2);
  Servers servers(loops, [&](Loop& loop) {
    return create_https_server(loop, {.context = {.key = identity.key, .cert = identity.cert}},
                               [](auto&, auto& response) { response.end("secret "); });
  });
  run(loops, servers, [&](std::uint16_t port) {
    Loop loop;
    const auto agent = make_https_agent(
        loop, {}, {.secure_context = tls::create_secure_context({.ca = {authority.cert()}})});
    std::string all;
    for (int i = 0; i < 4; ++i)
      get(loop, fmt::format("https://localhost:{}/", port),
          {.agent = agent, .family = net::Family::ipv4}, [&](IncomingMessage& response) {
            response.on<Data>([&](const Data& data) { all += data.chunk.text(); });
          });
    loop.run();
    EXPECT_EQ(all, "secret secret secret secret ");
    servers.close();
  });
}

}  // namespace
}  // namespace weir::http
