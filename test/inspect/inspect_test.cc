#include <weir/inspect/inspect.h>

#include "support/http_test.h"
#include <weir/inspect/handler.h>
#include <weir/loop/metrics.h>
#include <weir/stream/make_stream.h>
#include <weir/stream/readable.h>
#include <weir/stream/writable.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono_literals::operator""ms;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class InspectTest : public test::HttpTest {
 protected:
  void open(const InspectOptions& options = {}) {
    inspector.emplace(inspect(loop, 0, options));
    const std::string url = inspector->url();
    const std::size_t colon = url.rfind(':');
    port = static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1)));
  }
  void TearDown() override {
    inspector.reset();
    HttpTest::TearDown();
  }

  test::RawClient& connect_to_it(std::string_view text) {
    auto client = std::make_unique<test::RawClient>();
    test::RawClient& kept = *client;
    kept.socket = net::connect(loop, net::ConnectOptions{.port = port, .host = "127.0.0.1"});
    kept.socket->on<Data>([&kept](const Data& data) { kept.heard += data.chunk.text(); });
    kept.socket->on<Error>([] {});
    kept.socket->on<Close>([&kept] { kept.closed = true; });
    kept.socket->set_name("client");
    kept.socket->write(text);
    clients.push_back(std::move(client));
    return kept;
  }
  std::string ask_it(const std::string& method, const std::string& path,
                     const std::string& lines = "Host: 127.0.0.1\r\n") {
    test::RawClient& client =
        connect_to_it(method + " " + path + " HTTP/1.1\r\nConnection: close\r\n" + lines + "\r\n");
    run_until([&client] { return client.closed; });
    return client.heard;
  }
  // A page that is connected, and has got its first update.
  test::RawClient& page(const std::string& path = "/events") {
    test::RawClient& client = connect_to_it("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    run_until([&client] { return client.heard.find("event: update") != std::string::npos; });
    return client;
  }
  // The inspector's connections.
  int pages() {
    int count = 0;
    loop.ticks().for_each_object([&count](const LoopShutdownHook& object) {
      if (object.given_name() == "weir inspector") ++count;
    });
    return count;
  }

  std::optional<Inspector> inspector;
  std::uint16_t port = 0;
};

TEST_F(InspectTest, ServesThePageWithAPolicyThatLoadsNothingFromElsewhere) {
  open();
  const std::string page = ask_it("GET", "/");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(page, HasSubstr("Content-Type: text/html; charset=utf-8"));
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'self'"));
  EXPECT_THAT(page, HasSubstr("<html"));
  EXPECT_THAT(ask_it("GET", "/main.js"), HasSubstr("Content-Type: text/javascript"));
  EXPECT_THAT(ask_it("GET", "/../../etc/passwd"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(ask_it("PUT", "/"), StartsWith("HTTP/1.1 405"));
}

TEST_F(InspectTest, APageGetsEveryStreamThenTheChanges) {
  open({.interval = 10ms});
  auto stream = Writable::make(loop, {.write = [](Chunk, Done done) { done(); }});
  stream->set_name("orders <b>");
  test::RawClient& client = page();
  EXPECT_THAT(client.heard, HasSubstr("event: hello\ndata: {\"process\":0,"));
  EXPECT_THAT(client.heard, HasSubstr("\"name\":\"orders <b>\""));
  EXPECT_THAT(client.heard, Not(HasSubstr("weir inspector")));
  client.heard.clear();
  stream->write("abc");
  run_until([&] { return client.heard.find("\"bytes_in\":3") != std::string::npos; });
  client.heard.clear();
  const std::string gone = "\"gone\":[" + std::to_string(stream->number());
  stream->destroy();
  stream = nullptr;
  run_until([&] { return client.heard.find(gone) != std::string::npos; });
}

TEST_F(InspectTest, TheHeadOfTheEventsDoesNotHoldUpTheNextRequest) {
  open();
  const test::RawClient& client = connect_to_it(
      "HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /snapshot.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  run_until([&] { return client.closed; });
  EXPECT_THAT(client.heard, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(client.heard, HasSubstr("\"streams\":["));
}

TEST_F(InspectTest, ARequestForAnotherHostIsRefused) {
  open();
  for (const char* const host : {"evil.example", "127.evil.example", "localhost.evil.example", ""})
    EXPECT_THAT(ask_it("GET", "/", std::string("Host: ") + host + "\r\n"),
                StartsWith("HTTP/1.1 403"))
        << host;
  for (const char* const host : {"localhost", "localhost:9229", "127.0.0.1:1", "[::1]:9229"})
    EXPECT_THAT(ask_it("GET", "/", std::string("Host: ") + host + "\r\n"),
                StartsWith("HTTP/1.1 200"))
        << host;
}

TEST_F(InspectTest, DataNeedsTheToken) {
  open({.token = "s3cret"});
  for (const char* const path :
       {"/snapshot.json", "/snapshot.json?token=s3cre", "/snapshot.json?token=s3cretx",
        "/events?token=", "/metrics", "/dump?x=token=s3cret"})
    EXPECT_THAT(ask_it("GET", path), StartsWith("HTTP/1.1 401")) << path;
  EXPECT_THAT(ask_it("GET", "/snapshot.json?a=b&token=s3cret"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask_it("GET", "/dump", "Host: any.example\r\nX-Weir-Token: s3cret\r\n"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(inspector->url(), HasSubstr("/?token=s3cret"));
}

TEST_F(InspectTest, AHostThatOthersReachNeedsAToken) {
  for (const char* const host : {"0.0.0.0", "::", "127.example.org", "192.168.1.1"})
    EXPECT_THROW(inspect(loop, 0, {.host = host}), Error) << host;
  EXPECT_THROW(inspect(loop, 0, {.token = "a b"}), Error);
  EXPECT_THROW(inspect(loop, 0, {.interval = 1ms}), Error);
  EXPECT_THROW(inspect(loop, -1), Error);
}

TEST_F(InspectTest, APortInUseIsAnErrorOrAWarning) {
  open();
  std::vector<std::string> warnings;
  loop.on_warning([&](const Warning& warning) { warnings.push_back(warning.message); });
  const Inspector silent = inspect(loop, port);
  std::string failure;
  Inspector heard = inspect(loop, port);
  heard.on_error([&](const Error& error) { failure = error.message(); });
  run_until([&] { return !failure.empty() && !warnings.empty(); });
  EXPECT_THAT(failure, StartsWith("listen EADDRINUSE: address already in use 127.0.0.1:"));
  EXPECT_EQ(warnings, std::vector<std::string>{failure});
}

TEST_F(InspectTest, AFailureMayDestroyTheInspector) {
  open();
  std::optional<Inspector> failing(inspect(loop, port));
  auto kept = std::make_shared<int>(7);
  const std::weak_ptr<int> observed = kept;
  bool is_alive = false;
  failing->on_error([&failing, &observed, &is_alive, kept](const Error&) {
    const std::weak_ptr<int>& seen = observed;  // the captures may be gone afterwards
    bool& result = is_alive;
    failing.reset();
    result = !seen.expired();
  });
  kept.reset();
  run_until([&] { return !failing; });
  EXPECT_TRUE(is_alive);  // the function that ran
  EXPECT_TRUE(observed.expired());
}

TEST_F(InspectTest, PausesAndResumesOnlyIfAllowed) {
  open({.allows_pause = true});
  const auto source = Readable::make(loop, {.read = [](Readable&, std::size_t) {}});
  source->resume();
  const std::string path = "/streams/0/" + std::to_string(source->number());
  const std::string lines = "Host: localhost\r\nContent-Length: 0\r\n";
  const std::string allowed = lines + "X-Weir-Inspector: 1\r\n";
  EXPECT_THAT(ask_it("POST", path + "/pause", lines),
              StartsWith("HTTP/1.1 403"));  // a foreign form
  EXPECT_FALSE(source->is_paused());
  EXPECT_THAT(ask_it("POST", path + "/pause", allowed), StartsWith("HTTP/1.1 204"));
  EXPECT_TRUE(source->is_paused());
  EXPECT_THAT(ask_it("POST", path + "/resume", allowed), StartsWith("HTTP/1.1 204"));
  EXPECT_FALSE(source->is_paused());
  for (const char* const unknown :
       {"/streams/0/1x/pause", "/streams/0/999999/pause", "/streams/0/99999999999999/pause",
        "/streams/1/1/pause", "/streams/0/pause", "/streams/0/1/stop", "/x"})
    EXPECT_THAT(ask_it("POST", unknown, allowed), StartsWith("HTTP/1.1 404")) << unknown;
  inspector.reset();
  open();
  EXPECT_THAT(ask_it("POST", path + "/pause", allowed), StartsWith("HTTP/1.1 403"));
}

TEST_F(InspectTest, APauseOfThePageOutlastsTheDrainOfAPipe) {
  open({.allows_pause = true});
  std::optional<Done> written;
  const auto sink =
      Writable::make(loop, {.write = [&](Chunk, Done done) { written.emplace(std::move(done)); }},
                     {.high_water_mark = 4});
  const auto source = Readable::make(loop, {.read = [](Readable&, std::size_t) {}});
  source->pipe(sink);
  source->push("abcd");
  run_until([&] { return written.has_value(); });
  const auto post = [&](const std::string& action) {
    return ask_it("POST", "/streams/0/" + std::to_string(source->number()) + action,
                  "Host: localhost\r\nContent-Length: 0\r\nX-Weir-Inspector: 1\r\n");
  };
  EXPECT_THAT(post("/pause"), StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(ask_it("GET", "/snapshot.json"),
              HasSubstr("\"waits_for\":\"resume on the inspector's page\""));
  (*std::exchange(written, std::nullopt))();
  for (int turn = 0; turn < 20; ++turn) loop.poll();
  EXPECT_EQ(sink->writable_length(), 0u);
  source->push("efgh");
  for (int turn = 0; turn < 20; ++turn) loop.poll();
  EXPECT_TRUE(source->is_paused());
  EXPECT_EQ(source->readable_length(), 4u);
  EXPECT_THAT(post("/resume"), StartsWith("HTTP/1.1 204"));
  run_until([&] { return written.has_value(); });
  EXPECT_THAT(post("/pause"), StartsWith("HTTP/1.1 204"));
  inspector.reset();
  (*std::exchange(written, std::nullopt))();
  source->push("ijkl");
  run_until([&] { return written.has_value(); });  // the pipe resumes it, as without an inspector
  (*std::exchange(written, std::nullopt))();
  source->destroy();
  sink->destroy();
}

TEST_F(InspectTest, TheMetricsLeaveOutTheInspectorsOwnConnections) {
  open();
  page();
  EXPECT_THAT(ask_it("GET", "/metrics"), Not(HasSubstr("weir inspector")));
}

TEST_F(InspectTest, APageThatDoesNotReadIsDisconnected) {
  open({.interval = 10ms});
  std::vector<Ref<Writable>> streams;
  for (int i = 0; i < 20; ++i) {
    streams.push_back(Writable::make(loop, {.write = [](Chunk, Done done) { done(); }}));
    streams.back()->set_name(std::string(100'000, 'x'));  // long events, quickly made
  }
  test::RawClient& client = page();
  client.socket->pause();
  EXPECT_EQ(pages(), 1);
  run_until([&] {
    for (const auto& stream : streams) stream->write("x");  // each update has all of them
    return pages() == 0;
  });
}

TEST_F(InspectTest, StreamsThatComeAndGoByTheThousandLeaveNothing) {
  open({.interval = 10ms});
  test::RawClient& client = page();
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 1000; ++i) {
      const auto stream = Writable::make(loop, {.write = [](Chunk, Done done) { done(); }});
      stream->end("x");
    }
    loop.poll();
  }
  EXPECT_THAT(ask_it("GET", "/snapshot.json"), Not(HasSubstr("\"kind\":\"Writable\"")));
  client.heard.clear();
  run_until([&] { return client.heard.find("event: update") != std::string::npos; });
  EXPECT_GE(loop.metrics().streams.streams, 20'000u);
}

TEST_F(InspectTest, DoesNotKeepRunFromReturning) {
  open();
  page().socket->unref();
  loop.run();
  EXPECT_EQ(pages(), 1);
}

TEST_F(InspectTest, ShowsALoopOfAnotherThread) {
  open({.interval = 10ms});
  Loop other;
  const auto stream = Writable::make(other, {.write = [](Chunk, Done) {}});
  stream->set_name("elsewhere");
  inspector->add(other, "worker");
  std::optional<Loop::KeepAlive> runs(other);
  std::thread thread([&other] { other.run(); });
  test::RawClient& client = page();
  run_until([&] { return client.heard.find("elsewhere") != std::string::npos; });
  EXPECT_THAT(client.heard, HasSubstr("\"name\":\"worker\""));
  runs.reset();
  thread.join();
  inspector.reset();
}

// The updates of a loop, by its name.
int updates_of(const test::RawClient& client, std::string_view name) {
  int count = 0;
  for (auto at = client.heard.find(name); at != std::string::npos;
       at = client.heard.find(name, at + 1))
    ++count;
  return count;
}

TEST_F(InspectTest, ALoopThatIsStuckIsNotAskedAgainAndAgain) {
  open({.interval = 10ms});
  Loop other;
  inspector->add(other, "worker");
  test::RawClient& client = page();
  EXPECT_THAT(client.heard, HasSubstr("\"loop_count\":2,"));
  run_until([&] { return updates_of(client, "\"name\":\"main\"") > 5; });
  other.poll();
  const std::string worker = "\"name\":\"worker\"";
  run_until([&] { return updates_of(client, worker) > 0; });
  const int before = updates_of(client, "\"name\":\"main\"");
  run_until([&] { return updates_of(client, "\"name\":\"main\"") > before + 5; });
  EXPECT_EQ(updates_of(client, worker), 1);
  other.poll();
  run_until([&] { return updates_of(client, worker) == 2; });  // it is asked again
  inspector.reset();
}

TEST_F(InspectTest, ANewPageGetsNoOldNumbersOfALoopOfAnotherThread) {
  open({.interval = 10ms});
  Loop other;
  inspector->add(other, "worker");
  const std::string worker = "\"name\":\"worker\"";
  test::RawClient& first = page();
  run_until([&] {
    other.poll();
    return updates_of(first, worker) > 0;
  });
  first.socket->destroy();
  run_until([&] { return pages() == 0; });
  test::RawClient& second = page();
  EXPECT_EQ(updates_of(second, worker), 0);
  run_until([&] {
    other.poll();
    return updates_of(second, worker) > 0;
  });
  inspector.reset();
}

TEST_F(InspectTest, TheHandlerFitsAnyServer) {
  serve([metrics = insight::handler(loop)](auto& request, auto& response) mutable {
    metrics(request, response);
  });
  const std::string text = ask(get("/metrics"));
  EXPECT_THAT(text, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(text, HasSubstr("\nweir_streams{kind=\"ServerResponse\"} 1\n"));
  EXPECT_THAT(ask(get("/", "Accept: application/json\r\n")), HasSubstr("\"streams\":["));
  EXPECT_THAT(ask("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 405"));
}

}  // namespace
}  // namespace weir
