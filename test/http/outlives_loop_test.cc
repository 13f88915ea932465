// Messages, servers and agents that outlive their Loop: it closes them in any state, and using them
// prints a warning.

#include "support/outliving_test.h"
#include <weir/http/agent.h>
#include <weir/http/request.h>
#include <weir/http/server.h>

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace weir::http {
namespace {

class HttpOutlivesLoopTest : public test::OutlivingTest {
 protected:
  Ref<Server> serve(std::function<void(IncomingMessage&, ServerResponse&)> answer) {
    auto server = create_server(*loop, [this, answer = std::move(answer)](
                                           IncomingMessage& request, ServerResponse& response) {
      requests.push_back(kept(Ref<IncomingMessage>(&request)));
      responses.push_back(kept(Ref<ServerResponse>(&response)));
      answer(request, response);
    });
    server->on<Close>([server, owned = owned] {});
    server->on<net::Listening>([server, owned = owned] {});
    server->listen(0, "127.0.0.1");
    port = server->address()->port;
    return server;
  }
  Ref<ClientRequest> post(const std::string& path, RequestOptions options = {}) {
    options.method = "POST";
    options.host = "127.0.0.1";
    options.port = port;
    options.path = path;
    auto request = kept(http::request(*loop, std::move(options)));
    request->on<ResponseEvent>([this, request](const ResponseEvent& event) {
      answers.push_back(kept(Ref<IncomingMessage>(&event.response)));
    });
    return request;
  }
  void run_until(const std::function<bool()>& reached) {
    while (!reached()) loop->poll();
  }
  void expect_inert_request(ClientRequest& request, const std::string& path) {
    expect_inert_writable(request, fmt::format("ClientRequest POST {} to 127.0.0.1", path));
    request.abort();
    request.set_no_delay();
    request.set_socket_keep_alive(true);
  }

  std::vector<Ref<IncomingMessage>> requests;
  std::vector<Ref<ServerResponse>> responses;
  std::vector<Ref<IncomingMessage>> answers;
  std::uint16_t port = 0;
};

TEST_F(HttpOutlivesLoopTest, ARequestThatWaitsConnectsIsSentOrIsAnswered) {
  auto server = serve([this](IncomingMessage& request, ServerResponse& response) {
    if (request.url() == "/silent") return;
    response.write("the beginning");
    response.write(std::string(20'000'000, 'x'), never());
  });
  const auto one_socket = Agent::make(*loop, {.max_sockets = 1});
  auto answered = post("/answered");
  answered->write("the beginning");
  run_until([&] { return answers.size() == 1; });
  auto silent = post("/silent", {.agent = one_socket});
  silent->write(std::string(20'000'000, 'y'), never());
  run_until([&] { return requests.size() == 2; });
  auto waiting = post("/waiting", {.agent = one_socket});
  waiting->end("body", [waiting, never = never()]() mutable { never(); });
  auto destroyed = post("/destroyed");
  destroyed->destroy({}, [destroyed, owned = owned] {});
  auto fresh = post("/fresh", {.own_agent = true});
  std::vector<std::stop_token> signals{answers[0]->signal()};
  for (const auto& request : requests) signals.push_back(request->signal());
  loop_goes();
  for (const std::stop_token& signal : signals) EXPECT_FALSE(signal.stop_requested());
  expect_inert_request(*answered, "/answered");
  expect_inert_request(*silent, "/silent");
  expect_inert_request(*waiting, "/waiting");
  expect_inert_request(*destroyed, "/destroyed");
  expect_inert_request(*fresh, "/fresh");
  expect_inert_readable(*answers[0], "IncomingMessage 200");
  expect_inert_readable(*requests[0], "IncomingMessage POST /answered");
  expect_inert_readable(*requests[1], "IncomingMessage POST /silent");
  for (const auto& response : responses) expect_inert_writable(*response, "a ServerResponse");
  one_socket->destroy();
  EXPECT_EQ(one_socket->sockets(), 0u);
}

TEST_F(HttpOutlivesLoopTest, AServerThatListensIsClosingOrNeverListened) {
  auto listening = serve([](IncomingMessage&, ServerResponse&) {});
  auto closing = serve([](IncomingMessage&, ServerResponse&) {});
  auto request = post("/");
  request->end();
  run_until([&] { return requests.size() == 1; });
  closing->close([closing, never = never()]() mutable { never(); });
  auto idle = create_server(*loop, [](IncomingMessage&, ServerResponse&) {});
  loop_goes();
  for (const auto& server : {listening, closing, idle}) {
    EXPECT_FALSE(server->listening());
    EXPECT_EQ(warned([&] { server->listen(0, "127.0.0.1", never()); }),
              "listen() on an http::Server");
    EXPECT_EQ(warned([&] { server->close(never()); }), "");
    server->close_all_connections();
    server->set_timeout(std::chrono::milliseconds(1), [server, owned = owned] {});
    EXPECT_EQ(server->connections(), 0u);
  }
}

TEST_F(HttpOutlivesLoopTest, AConnectionThatIsKeptForTheNextRequest) {
  auto server = serve([](IncomingMessage&, ServerResponse& response) { response.end("x"); });
  const auto agent = Agent::make(*loop, {.keep_alive = true});
  auto request = post("/", {.agent = agent});
  request->end();
  run_until([&] { return answers.size() == 1; });
  answers[0]->resume();
  run_until([&] { return agent->free_sockets() == 1; });
  loop_goes();
  EXPECT_EQ(agent->free_sockets(), 0u);
  agent->destroy();
}

}  // namespace
}  // namespace weir::http
