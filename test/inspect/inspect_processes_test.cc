#include <weir/inspect/inspect_processes.h>

#include "support/http_test.h"
#include <weir/inspect/inspect.h>
#include <weir/inspect/process_events.h>
#include <weir/loop/stepped_clock.h>
#include <weir/stream/make_stream.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string port_in(const std::string& url) {
  const std::size_t colon = url.rfind(':');
  return url.substr(colon + 1, url.find('/', colon) - colon - 1);
}

// The program, the page of several and the browser share one loop, and real connections.
class InspectProcessesTest : public test::HttpTest {
 protected:
  void TearDown() override {
    events.reset();
    page.reset();
    inspectors.clear();
    HttpTest::TearDown();
  }

  // Starts the inspector of a program; returns its port.
  std::string program(const InspectOptions& options = {}, std::int64_t port = 0) {
    inspectors.push_back(inspect(loop, port, options));
    return port_in(inspectors.back().url());
  }
  // A server that is not an inspector, or a strange one.
  std::string server_that(Handler answer) {
    serve(std::move(answer));
    return fmt::to_string(server->address()->port);
  }
  void open(const std::vector<std::string>& places, const InspectProcessesOptions& options = {}) {
    page.emplace(inspect_processes(loop, places, 0, options));
  }
  test::RawClient& connect_to_page(std::string_view text) {
    auto client = std::make_unique<test::RawClient>();
    test::RawClient& kept = *client;
    const auto port = static_cast<std::uint16_t>(std::stoi(port_in(page->url())));
    kept.socket = net::connect(loop, net::ConnectOptions{.port = port, .host = "127.0.0.1"});
    kept.socket->on<Data>([&kept](const Data& data) { kept.heard += data.chunk.text(); });
    kept.socket->on<Error>([] {});
    kept.socket->on<Close>([&kept] { kept.closed = true; });
    kept.socket->write(text);
    clients.push_back(std::move(client));
    return kept;
  }
  std::string ask_page(const std::string& method, const std::string& path,
                       const std::string& lines = "Host: 127.0.0.1\r\n") {
    test::RawClient& client = connect_to_page(
        method + " " + path + " HTTP/1.1\r\nConnection: close\r\n" + lines + "\r\n");
    run_until([&client] { return client.closed; });
    return client.heard;
  }
  test::RawClient& browser() {
    return connect_to_page("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  void hear(test::RawClient& client, std::string_view text) {
    run_until([&] { return client.heard.find(text) != std::string::npos; });
  }
  // Reads the events of the place.
  void follow(const std::string& place) {
    events.emplace(loop, place);
    events->on_event([this](const ProcessEvents::Event& event) {
      names.emplace_back(event.name);
      last = event.data;
    });
    events->on_lost([this](const Error& error) { failures.emplace_back(error.what()); });
  }
  std::string failure_of(const std::string& place) {
    failures.clear();
    follow(place);
    run_until([this] { return !failures.empty(); });
    events.reset();
    return failures.front();
  }

  std::vector<Inspector> inspectors;
  std::optional<ProcessesInspector> page;
  std::optional<ProcessEvents> events;
  std::vector<std::string> names;
  std::string last;
  std::vector<std::string> failures;
};

TEST_F(InspectProcessesTest, APageGetsTheEventsOfEachProcessWithItsNumber) {
  SteppedClock clock(loop);
  const auto stream = Writable::make(loop, {.write = [](Chunk, Done done) { done(); }});
  stream->set_name("orders");
  open({program({.name = "one"}), program({.name = "two"})});
  test::RawClient& client = browser();
  hear(client, "event: hello\ndata: {\"process\":0,\"name\":\"one\"");
  hear(client, "event: hello\ndata: {\"process\":1,\"name\":\"two\"");
  hear(client, "event: update\ndata: {\"process\":0,");
  hear(client, "event: update\ndata: {\"process\":1,");
  EXPECT_THAT(client.heard, HasSubstr("\"name\":\"orders\""));
  client.heard.clear();
  stream->write("abc");
  run_until([&] {
    clock.pass(250ms);
    return client.heard.find("\"bytes_in\":3") != std::string::npos;
  });
}

TEST_F(InspectProcessesTest, TheHeadOfTheEventsDoesNotHoldUpTheNextRequest) {
  open({program()});
  const test::RawClient& client = connect_to_page(
      "HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  run_until([&] { return client.closed; });
  EXPECT_THAT(client.heard, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(client.heard, HasSubstr("<html"));
}

TEST_F(InspectProcessesTest, AProcessThatStopsIsLostUntilItIsBack) {
  SteppedClock clock(loop);
  const std::string port = program();
  open({program({.name = "other"}), port});
  test::RawClient& client = browser();
  hear(client, "event: hello\ndata: {\"process\":1,");
  hear(client, "event: hello\ndata: {\"process\":0,");
  inspectors.erase(inspectors.begin());
  hear(client, "event: lost\ndata: {\"process\":1,\"name\":\"127.0.0.1:" + port + "\",\"error\":");
  client.heard.clear();
  for (int second = 0; second < 5; ++second) {
    clock.pass(1s);
    for (int turn = 0; turn < 20; ++turn) loop.poll();
  }
  EXPECT_THAT(client.heard, Not(HasSubstr("event: lost")));  // it is said once
  program({.name = "again"}, std::stoi(port));
  clock.pass(1s);
  hear(client, "event: hello\ndata: {\"process\":1,\"name\":\"again\"");
}

TEST_F(InspectProcessesTest, AProcessThatDoesNotRunYetIsLost) {
  const std::string port = program();
  inspectors.clear();
  open({port});
  hear(browser(), "event: lost\ndata: {\"process\":0,\"name\":\"127.0.0.1:" + port +
                      "\",\"error\":\"connect ECONNREFUSED 127.0.0.1:" + port);
}

TEST_F(InspectProcessesTest, WithoutAPageNothingIsRead) {
  int requests = 0;
  open({server_that([&](auto&, auto& response) {
    ++requests;
    response.write_head(200, {{"Content-Type", "text/event-stream"}});
    response.flush_headers();
  })});
  for (int turn = 0; turn < 50; ++turn) loop.poll();
  EXPECT_EQ(requests, 0);
  test::RawClient& client = browser();
  run_until([&] { return requests == 1; });
  client.socket->destroy();
  run_until([&] { return server->connections() == 0; });
}

// The process waits for the page; nothing is held between them.
TEST_F(InspectProcessesTest, APageThatDoesNotReadStopsTheReadingAndIsDisconnected) {
  SteppedClock clock(loop);
  Ref<http::ServerResponse> source;
  open({server_that([&](auto&, auto& response) {
    response.write_head(200, {{"Content-Type", "text/event-stream"}});
    source = Ref<http::ServerResponse>(&response);
  })});
  test::RawClient& client = browser();
  run_until([&] { return source != nullptr; });
  client.socket->pause();
  const std::string event =
      "event: update\ndata: {\"process\":0,\"x\":\"" + std::string(100'000, 'x') + "\"}\n\n";
  const auto held = [&] {
    return source->writable_length() + source->connection()->writable_length();
  };
  std::size_t sent = 0;
  int turns_without_progress = 0;
  for (std::size_t before = 0; turns_without_progress < 200; before = held()) {
    for (; held() < 1'000'000; sent += event.size()) source->write(event);
    loop.poll();
    turns_without_progress = held() == before ? turns_without_progress + 1 : 0;
    ASSERT_LT(sent, 100'000'000u);
  }
  EXPECT_FALSE(source->destroyed());
  for (int step = 0; step < 10 && !source->destroyed(); ++step) {
    clock.pass(15s);
    for (int turn = 0; turn < 50; ++turn) loop.poll();
  }
  EXPECT_TRUE(source->destroyed());  // with the page
}

TEST_F(InspectProcessesTest, PauseAndResumeAreForwardedToTheProcess) {
  const auto source = Readable::make(loop, {.read = [](Readable&, std::size_t) {}});
  source->resume();
  open({program({.token = "s3cret"}), inspectors.back().url()});
  program({.token = "t", .allows_pause = true});
  page.reset();
  open({inspectors.front().url(), inspectors.back().url()});
  const std::string lines = "Host: localhost\r\nContent-Length: 0\r\nX-Weir-Inspector: 1\r\n";
  const std::string id = std::to_string(source->number());
  EXPECT_THAT(ask_page("POST", "/streams/1/" + id + "/pause", lines), StartsWith("HTTP/1.1 204"));
  EXPECT_TRUE(source->is_paused());
  EXPECT_THAT(ask_page("POST", "/streams/1/" + id + "/resume", lines), StartsWith("HTTP/1.1 204"));
  EXPECT_FALSE(source->is_paused());
  EXPECT_THAT(ask_page("POST", "/streams/0/" + id + "/pause", lines), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(ask_page("POST", "/streams/1/999999/pause", lines), StartsWith("HTTP/1.1 404"));
  for (const char* const unknown :
       {"/streams/2/1/pause", "/streams/1/1x/pause", "/streams/1/1/stop", "/streams/1/../pause",
        "/streams/18446744073709551616/1/pause", "/x"})
    EXPECT_THAT(ask_page("POST", unknown, lines), StartsWith("HTTP/1.1 404")) << unknown;
  EXPECT_FALSE(source->is_paused());
  inspectors.pop_back();
  EXPECT_THAT(ask_page("POST", "/streams/1/" + id + "/pause", lines), StartsWith("HTTP/1.1 502"));
}

TEST_F(InspectProcessesTest, RequestsAreCheckedAsByTheInspectorOfOneProcess) {
  open({program()}, {.token = "s3cret"});
  EXPECT_THAT(ask_page("GET", "/"), HasSubstr("Content-Security-Policy: default-src 'none'"));
  for (const char* const path : {"/events", "/events?token=s3cre", "/other"})
    EXPECT_THAT(ask_page("GET", path), StartsWith("HTTP/1.1 401")) << path;
  EXPECT_THAT(ask_page("GET", "/snapshot.json?token=s3cret"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(ask_page("DELETE", "/events"), StartsWith("HTTP/1.1 405"));
  const std::string lines = "Host: localhost\r\nContent-Length: 0\r\n";
  EXPECT_THAT(ask_page("POST", "/streams/0/1/pause?token=s3cret", lines),
              StartsWith("HTTP/1.1 403"));
  page.reset();
  open({program()});
  EXPECT_THAT(ask_page("GET", "/", "Host: evil.example\r\n"), StartsWith("HTTP/1.1 403"));
  EXPECT_THROW(inspect_processes(loop, {"1"}, 0, {.host = "0.0.0.0"}), Error);
  EXPECT_THROW(inspect_processes(loop, {"1", "x"}, 0), Error);
}

TEST_F(InspectProcessesTest, APortInUseIsAnError) {
  std::string failure;
  const ProcessesInspector second = inspect_processes(loop, {"1"}, std::stoi(program()));
  second.on_error([&](const Error& error) { failure = error.message(); });
  run_until([&] { return !failure.empty(); });
  EXPECT_THAT(failure, StartsWith("listen EADDRINUSE: address already in use 127.0.0.1:"));
}

TEST_F(InspectProcessesTest, AServerThatIsNotAnInspectorIsNamed) {
  const std::string port = server_that([](auto&, auto& response) { response.end("hello"); });
  const std::string place = "'127.0.0.1:" + port + "'";
  EXPECT_EQ(failure_of(port), "not an inspector: 200 OK, " + place);
  const std::string other = program({.token = "s3cret"});
  EXPECT_EQ(failure_of("http://127.0.0.1:" + other + "/?token=s3cre"),
            "401: the token is missing or wrong, '127.0.0.1:" + other + "'");
}

TEST_F(InspectProcessesTest, EventsOfAnotherFormAreNotForwarded) {
  for (const char* const text :
       {"data: {}\n\n", "event: hello\ndata: {\"process\":7,\"name\":\"a\"}\n\n",
        "event: hello\ndata: <script>\n\n"}) {
    const std::string port = server_that([text](auto&, auto& response) {
      response.write_head(200, {{"Content-Type", "text/event-stream"}});
      response.write(text);
    });
    EXPECT_THAT(failure_of(port), StartsWith("not an inspector: its events have another form"))
        << text;
    EXPECT_TRUE(names.empty());
    server->close_all_connections();
    server->close();
  }
}

TEST_F(InspectProcessesTest, APlaceIsAPortAHostWithPortOrAnAddress) {
  for (const char* const place : {"9229", "localhost:9229", "[::1]:9229", "http://127.0.0.1:9229/",
                                  "http://a.example:80/x/?token=t", "127.0.0.1:1"})
    EXPECT_NO_THROW(ProcessEvents(loop, place)) << place;
  EXPECT_EQ(ProcessEvents(loop, "http://[::1]:9229/?token=t").name(), "[::1]:9229");
  for (const char* const place :
       {"", "0", "65536", "-1", "localhost", "a:b", "https://a.example:1/", "http://a.example/",
        "ftp://a:1/", "a.example:1/x", "1 2", "http://user:pw@a.example:1/"})
    EXPECT_THROW(ProcessEvents(loop, place), Error) << place;
}

TEST_F(InspectProcessesTest, AReaderMayDestroyItselfInACallback) {
  follow(program());
  std::optional<ProcessEvents> inner(std::in_place, loop, inspectors.back().url());
  inner->on_event([&](const ProcessEvents::Event&) { inner.reset(); });
  std::optional<ProcessEvents> unreachable(std::in_place, loop, "1");
  unreachable->on_lost([&](const Error&) { unreachable.reset(); });
  run_until([&] { return !inner && !unreachable && !names.empty(); });
  EXPECT_EQ(names.front(), "hello");
}

TEST_F(InspectProcessesTest, APausedReaderReadsAndConnectsNoMore) {
  SteppedClock clock(loop);
  const std::string port = program();
  follow(port);
  run_until([&] { return names.size() >= 2; });
  EXPECT_EQ(names.front(), "hello");
  EXPECT_THAT(last, StartsWith("{\"process\":0,"));
  events->pause();
  inspectors.clear();
  names.clear();
  for (int second = 0; second < 3; ++second) {
    clock.pass(1s);
    for (int turn = 0; turn < 20; ++turn) loop.poll();
  }
  program({}, std::stoi(port));
  clock.pass(1s);
  for (int turn = 0; turn < 50; ++turn) loop.poll();
  EXPECT_TRUE(names.empty());
  events->resume();
  for (int second = 0; second < 3; ++second) {
    for (int turn = 0; turn < 50; ++turn) loop.poll();
    clock.pass(1s);
  }
  run_until([&] { return !names.empty(); });
  EXPECT_EQ(names.front(), "hello");
}

}  // namespace
}  // namespace weir
