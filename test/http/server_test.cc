#include <weir/http/server.h>

#include "support/http_test.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>

namespace weir::http {

using std::chrono_literals::operator""ms;
namespace {

class ServerTest : public test::HttpTest {
 protected:
  static inline const std::string kBadRequest =
      "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";

  static void answer_with_path(IncomingMessage& request, ServerResponse& response) {
    response.end(request.url());
  }
};

// --- Kept connections ---

TEST_F(ServerTest, KeepsAConnectionForFurtherRequests) {
  serve(answer_with_path);
  test::RawClient& client = connect(keeping("/1"));
  run_until([&] { return client.heard.ends_with("/1"); });
  client.socket->write(get("/2"));
  run_until([&] { return client.closed; });
  EXPECT_EQ(masked(client.heard),
            kKeeping + "Content-Length: 2\r\n\r\n/1" + kClosing + "Content-Length: 2\r\n\r\n/2");
}

TEST_F(ServerTest, AnswersPipelinedRequestsInTheirOrder) {
  std::vector<Ref<ServerResponse>> responses;
  serve([&](auto&, auto& response) { responses.emplace_back(&response); });
  test::RawClient& client = connect(keeping("/1") + keeping("/2") + get("/3"));
  run_until([&] { return responses.size() == 3; });
  EXPECT_EQ(responses[1]->connection(), nullptr);
  responses[2]->write("c1");
  responses[2]->end("c2");
  responses[1]->end("b");
  loop.poll();
  EXPECT_EQ(client.heard, "");
  responses[0]->end("a");
  run_until([&] { return client.closed; });
  EXPECT_EQ(masked(client.heard), kKeeping + "Content-Length: 1\r\n\r\na" + kKeeping +
                                      "Content-Length: 1\r\n\r\nb" + kClosing +
                                      "Transfer-Encoding: chunked\r\n\r\n4\r\nc1c2\r\n0\r\n\r\n");
}

TEST_F(ServerTest, AnswersThousandsOfPipelinedRequests) {
  int requests = 0;
  serve([&](auto&, auto& response) { response.end(std::to_string(++requests)); });
  std::string text;
  for (int i = 0; i < 4999; ++i) text += keeping("/");
  EXPECT_TRUE(ask(text + get("/")).ends_with("\r\n\r\n5000"));
}

TEST_F(ServerTest, StopsReadingWhileResponsesThatWaitAreTooMuch) {
  Ref<ServerResponse> first;
  int requests = 0;
  serve([&](auto&, auto& response) {
    if (++requests == 1)
      first = Ref(&response);
    else
      response.end(std::string(10'000, 'a'));
  });
  test::RawClient& client = connect();
  for (int i = 0; i < 5000; ++i)
    client.socket->write(keeping("/", "A: " + std::string(500, 'a') + "\r\n"));
  client.socket->write(get("/"));
  run_until([&] { return requests > 1; });
  for (int i = 0; i < 100; ++i) loop.poll();
  EXPECT_LT(requests, 2000);
  first->end();
  run_until([&] { return client.closed; });
  EXPECT_EQ(requests, 5001);
}

TEST_F(ServerTest, NothingFollowsAResponseThatClosesTheConnection) {
  serve([](auto& request, auto& response) {
    if (request.url() == "/1") response.set_header("Connection", "close");
    response.end(request.url());
  });
  EXPECT_EQ(ask(keeping("/1") + keeping("/2")),
            "HTTP/1.1 200 OK\r\nConnection: close\r\nDate: X\r\nContent-Length: 2\r\n\r\n/1");
}

TEST_F(ServerTest, OldClientsAreKeptWhenTheyAskForIt) {
  serve([](auto&, auto& response) {
    response.set_header("Content-Length", 1);
    response.end("a");
  });
  EXPECT_EQ(ask_up_to("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "\r\n\r\na"),
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nDate: X\r\nConnection: keep-alive\r\n"
            "Keep-Alive: timeout=5\r\n\r\na");
}

TEST_F(ServerTest, ClosesAConnectionThatIsNotUsedASecondAfterItsTimeout) {
  SteppedClock clock(loop);
  serve(answer_with_path, {.keep_alive_timeout = 1ms});
  EXPECT_EQ(ask_up_to(keeping("/"), "\r\n\r\n/"),
            "HTTP/1.1 200 OK\r\nDate: X\r\nConnection: keep-alive\r\n"
            "Keep-Alive: timeout=0\r\nContent-Length: 1\r\n\r\n/");
  clock.pass(1000ms);
  EXPECT_FALSE(clients[0]->ended);
  clock.pass(1ms);
  run_until([&] { return clients[0]->closed; });
}

TEST_F(ServerTest, ClosesAConnectionThatIsNotUsedAsMuchLaterAsTheOptionsSay) {
  SteppedClock clock(loop);
  for (const auto buffer : {0ms, 120ms, 5000ms}) {
    serve(answer_with_path, {.keep_alive_timeout = 1ms, .keep_alive_timeout_buffer = buffer});
    ask_up_to(keeping("/"), "\r\n\r\n/");
    clock.pass(buffer);
    EXPECT_EQ(server->connections(), 1u);
    clock.pass(1ms);
    run_until([&] { return server->connections() == 0; });
    server->close();
  }
}

TEST_F(ServerTest, LimitsTheRequestsOfAConnection) {
  int dropped = 0;
  serve(answer_with_path, {.max_requests_per_socket = 1}).on<DropRequest>([&] { ++dropped; });
  EXPECT_EQ(ask_up_to(keeping("/") + keeping("/"), "0\r\n\r\n"),
            kClosing + "Content-Length: 1\r\n\r\n/" +
                "HTTP/1.1 503 Service Unavailable\r\nDate: X\r\nConnection: close\r\n"
                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(dropped, 1);
}

TEST_F(ServerTest, AnnouncesTheLimitOfRequests) {
  serve(answer_with_path, {.max_requests_per_socket = 3});
  EXPECT_NE(ask_up_to(keeping("/"), "\r\n\r\n/").find("Keep-Alive: timeout=5, max=3\r\n"),
            std::string::npos);
}

// --- Expectations ---

TEST_F(ServerTest, SendsContinueToAClientThatExpectsIt) {
  serve([](auto& request, auto& response) {
    request.resume();
    request.template on<End>([&response] { response.end("done"); });
  });
  EXPECT_EQ(ask("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n"
                "Content-Length: 2\r\n\r\nab"),
            "HTTP/1.1 100 Continue\r\n\r\n" + kClosing + "Content-Length: 4\r\n\r\ndone");
}

TEST_F(ServerTest, AListenerOfCheckContinueDecides) {
  serve({}).on<CheckContinue>(
      [](const CheckContinue& event) { event.response.write_head(413).end(); });
  EXPECT_EQ(ask("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"),
            "HTTP/1.1 413 Payload Too Large\r\nDate: X\r\nConnection: close\r\n"
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

TEST_F(ServerTest, OtherExpectationsFail) {
  serve(answer_with_path);
  EXPECT_EQ(ask(get("/", "Expect: wonders\r\n")),
            "HTTP/1.1 417 Expectation Failed\r\nDate: X\r\nConnection: close\r\n"
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

TEST_F(ServerTest, AListenerOfCheckExpectationDecides) {
  serve({}).on<CheckExpectation>([](const CheckExpectation& event) { event.response.end("so"); });
  EXPECT_EQ(ask(get("/", "Expect: wonders\r\n")), kClosing + "Content-Length: 2\r\n\r\nso");
}

// --- Upgrades ---

TEST_F(ServerTest, AnUpgradeIsItsListeners) {
  serve({}).on<Upgrade>([this](const Upgrade& event) {
    log.add(fmt::format("{} head={}", event.request.url(), event.head.text()));
    event.connection.write("HTTP/1.1 101 X\r\n\r\n");
    event.connection.on<Data>([connection = &event.connection](const Data& data) {
      connection->end("echo " + std::string(data.chunk.text()));
    });
  });
  test::RawClient& client =
      connect(keeping("/u", "Connection: upgrade\r\nUpgrade: x\r\n") + "HEAD");
  run_until([&] { return client.heard.ends_with("\r\n\r\n"); });
  EXPECT_EQ(server->connections(), 0u);
  client.socket->write("more");
  run_until([&] { return client.closed; });
  EXPECT_EQ(client.heard, "HTTP/1.1 101 X\r\n\r\necho more");
  EXPECT_EQ(log.take(), "/u head=HEAD");
}

TEST_F(ServerTest, AnUpgradeWithoutAListenerIsARequest) {
  serve(answer_with_path);
  EXPECT_EQ(ask_up_to(keeping("/u", "Connection: upgrade\r\nUpgrade: x\r\n"), "/u"),
            kKeeping + "Content-Length: 2\r\n\r\n/u");
}

TEST_F(ServerTest, TheCallbackChoosesUpgrades) {
  serve(answer_with_path, {.should_upgrade_callback =
                               [](const IncomingMessage& request) {
                                 return request.headers().get("upgrade") == "x";
                               }})
      .on<Upgrade>([](const Upgrade& event) {
        event.connection.end("HTTP/1.1 101 X\r\n\r\n" + event.request.url());
      });
  EXPECT_EQ(ask_up_to(keeping("/y", "Connection: upgrade\r\nUpgrade: y\r\n"), "/y"),
            kKeeping + "Content-Length: 2\r\n\r\n/y");
  EXPECT_EQ(ask(keeping("/x", "Connection: upgrade\r\nUpgrade: x\r\n")),
            "HTTP/1.1 101 X\r\n\r\n/x");
  EXPECT_EQ(ask("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"), "");  // it is not asked of that
}

TEST_F(ServerTest, AnUpgradeOfTheCallbackWithoutAListenerIsCutOff) {
  serve(answer_with_path, {.should_upgrade_callback = [](auto&) { return true; }});
  EXPECT_EQ(ask(keeping("/u", "Connection: upgrade\r\nUpgrade: x\r\n")), "");
}

TEST_F(ServerTest, AnUpgradeCallbackThatThrowsIsA500) {
  loop.on_uncaught([this](std::exception_ptr) { log.add("thrown"); });
  serve(answer_with_path, {.should_upgrade_callback = [](auto&) -> bool { throw Error("x"); }});
  EXPECT_TRUE(ask(keeping("/u", "Connection: upgrade\r\nUpgrade: x\r\n"))
                  .starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
  EXPECT_EQ(log.take(), "thrown");
}

// Or its body would be the first of the other protocol.
TEST_F(ServerTest, AnUpgradeWithABodyIsARequest) {
  for (const std::string_view body : {"Content-Length: 3\r\n\r\nabc",
                                      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}) {
    serve([](auto& request, auto& response) {
      request.template on<Data>([&](const Data& data) { response.write(data.chunk); });
      request.template on<End>([&] { response.end(); });
    }).on<Upgrade>([this](const Upgrade&) { log.add("upgrade"); });
    EXPECT_EQ(ask(fmt::format("POST / HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\n"
                              "Upgrade: x\r\n{}",
                              body)),
              kClosing + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    server->close();
  }
  EXPECT_EQ(log.take(), "");
}

TEST_F(ServerTest, ConnectWithoutAListenerIsCutOff) {
  serve(answer_with_path);
  EXPECT_EQ(ask("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"), "");
}

TEST_F(ServerTest, ConnectIsItsListeners) {
  serve({}).on<ConnectEvent>([](const ConnectEvent& event) {
    event.connection.end("HTTP/1.1 200 X\r\n\r\n" + event.request.url());
  });
  EXPECT_EQ(ask("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200 X\r\n\r\nx:1");
}

// --- Timeout ---

TEST_F(ServerTest, AConnectionThatTimesOutIsDestroyed) {
  SteppedClock clock(loop);
  serve([](auto&, auto& response) { response.set_timeout(1ms); });
  EXPECT_EQ(ask_and_pass(get("/"), clock, 1ms), "");
}

TEST_F(ServerTest, AListenerOfTimeoutDecides) {
  SteppedClock clock(loop);
  serve([](auto&, auto& response) {
    response.set_timeout(1ms, [&response] { response.end("late"); });
  });
  EXPECT_EQ(ask_and_pass(get("/"), clock, 1ms), kClosing + "Content-Length: 4\r\n\r\nlate");
}

TEST_F(ServerTest, TheServersTimeoutIsForEachConnection) {
  SteppedClock clock(loop);
  serve({}, {.timeout = 1ms}).on<TimeoutEvent>([](const TimeoutEvent& event) {
    event.connection.end("bye");
  });
  EXPECT_EQ(ask_and_pass(get("/"), clock, 1ms), "bye");
}

// --- Closing ---

TEST_F(ServerTest, CloseWaitsForUnfinishedResponses) {
  Ref<ServerResponse> response;
  serve([&](auto&, auto& r) { response = Ref(&r); });
  test::RawClient& client = connect(get("/"));
  run_until([&] { return response; });
  server->on<Close>([this] { log.add("close"); });
  server->close(log.callback("closed"));
  loop.poll();
  EXPECT_EQ(log.take(), "");
  response->end("a");
  run_until([&] { return client.closed; });
  loop.run();
  EXPECT_EQ(log.take(), "close closed");
  EXPECT_EQ(masked(client.heard), kClosing + "Content-Length: 1\r\n\r\na");
}

TEST_F(ServerTest, CloseClosesConnectionsThatWaitForARequest) {
  serve(answer_with_path);
  test::RawClient& client = connect(keeping("/"));
  run_until([&] { return client.heard.ends_with("/"); });
  server->close(log.callback("closed"));
  loop.run();
  EXPECT_TRUE(client.closed);
  EXPECT_EQ(log.take(), "closed");
}

TEST_F(ServerTest, CloseWithoutListeningCallsBackWithAnError) {
  server = Server::make(loop);
  server->close(log.callback("closed"));
  EXPECT_EQ(after_run(), "closed(ERR_SERVER_NOT_RUNNING)");
}

TEST_F(ServerTest, EveryConnectionCanBeCutOff) {
  serve([this](auto& request, auto& response) {
    watch(request, response);
    response.write("a");
    loop.set_immediate([this] { server->close_all_connections(); });
  });
  ask(get("/"));
  loop.poll();
  EXPECT_EQ(log.take(), "q.aborted r.close q.error(ECONNRESET) q.close");
}

TEST_F(ServerTest, ADroppedServerServesOn) {
  serve(answer_with_path);
  test::RawClient& client = connect(get("/"));
  http::Server* const kept = server.get();
  server = nullptr;
  run_until([&] { return client.closed; });
  EXPECT_EQ(masked(client.heard), kClosing + "Content-Length: 1\r\n\r\n/");
  kept->close();
}

TEST_F(ServerTest, AListenerThatThrowsIsReportedAndTheServerContinues) {
  serve([](auto& request, auto& response) {
    if (request.url() == "/throw") throw std::runtime_error("no");
    response.end("a");
  });
  survive();
  test::RawClient& client = connect(keeping("/throw"));
  run_until([this] { return log.take() == "!"; });
  client.socket->destroy();
  EXPECT_EQ(ask(get("/")), kClosing + "Content-Length: 1\r\n\r\na");
}

TEST_F(ServerTest, AServerWithRequestsUnderWayMayGoWithItsLoop) {
  {
    Loop own;
    const auto answering = create_server(own, [](auto&, auto& r) { r.write("a"); });
    answering->listen(0, "127.0.0.1");
    const auto client = net::connect(own, answering->address()->port, "127.0.0.1");
    client->write(keeping("/") + keeping("/") + "GET / HT");
    client->on<Data>([&own] { own.stop(); });
    own.run();
  }
}

TEST_F(ServerTest, AnswersTheNextRequestAfterAnUnreadUploadWhereverItWasCut) {
  constexpr std::size_t kSize = 1'000'000;
  for (const std::size_t first : {0, 1000, 100'000}) {
    SCOPED_TRACE(first);
    for (const bool late : {false, true}) {
      server = create_server(loop, [&](auto&, ServerResponse& response) {
        const auto answer = [kept = Ref(&response)] { kept->end("early"); };
        late ? static_cast<void>(loop.set_timeout(5ms, answer)) : answer();
      });
      server->listen(0, "127.0.0.1");
      test::RawClient& client = connect(keeping("/", fmt::format("Content-Length: {}\r\n", kSize)) +
                                        std::string(first, 'x'));
      loop.set_timeout(
          10ms, [&] { client.socket->write(std::string(kSize - first, 'x') + keeping("/next")); });
      run_until([&] {
        return client.heard.find("early", client.heard.find("early") + 1) < std::string::npos;
      });
      client.socket->destroy();
      server->close();
      server->close_all_connections();
      run_until([&] { return !server->listening() && server->connections() == 0; });
    }
  }
}

TEST_F(ServerTest, RefusesAnEmptyRequestListenerWhereItIsGiven) {
  const std::function<void(IncomingMessage&, ServerResponse&)> none;
  const auto refuses = [](auto call) {
    return test::name_of(test::thrown_by(call)) == "ERR_INVALID_ARG_TYPE";
  };
  EXPECT_TRUE(refuses([&] { create_server(loop, none); }));
  EXPECT_TRUE(refuses([&] { create_server(loop, ServerOptions(), none); }));
  EXPECT_TRUE(refuses([&] { create_https_server(loop, {}, none); }));
}

TEST_F(ServerTest, MessagesAndServersReturnThemselvesWhereNodeDoes) {
  bool asked = false;
  serve([&](IncomingMessage& request, ServerResponse& response) {
    asked = true;
    IncomingMessage& same = request.set_timeout({}).resume();
    EXPECT_EQ(&same, &request);
    ServerResponse& ended = response.set_header("A", "1")
                                .set_header("B", 2)
                                .set_header("C", {"3", "4"})
                                .append_header("A", "5")
                                .set_timeout({})
                                .write_head(201)
                                .end("ok");
    EXPECT_EQ(&ended, &response);
  });
  EXPECT_THAT(ask(get("/")), testing::AllOf(testing::HasSubstr("201"), testing::HasSubstr("ok")));
  EXPECT_TRUE(asked);
  const auto other = Server::make(loop);
  Server& same = other->set_timeout({}).ref().unref().close();
  EXPECT_EQ(&same, other.get());
}

}  // namespace
}  // namespace weir::http
