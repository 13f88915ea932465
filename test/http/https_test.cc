#include "support/certificates.h"
#include "support/http_test.h"
#include <weir/http/request.h>
#include <weir/net/tls_connect.h>
#include <weir/net/tls_server.h>

#include <string>

namespace weir {
namespace {

class HttpsTest : public test::HttpTest {
 protected:
  void SetUp() override {
    server = http::create_server(
        loop, [](http::IncomingMessage& request, http::ServerResponse& response) {
          response.end(request.connection().encrypted() ? request.url() : "in the clear");
        });
    const test::Identity identity = authority.issue();
    listener = tls::create_server(
        loop, {.context = {.key = identity.key, .cert = identity.cert}},
        [this](tls::Socket& socket) { server->serve(Ref<net::Connection>(&socket)); });
    listener->listen(0, "127.0.0.1");
  }
  void TearDown() override {
    listener->close();
    HttpTest::TearDown();
  }

  Ref<http::ClientRequest> get(const std::string& path, const Ref<http::Agent>& agent) {
    const auto url = fmt::format("https://localhost:{}{}", listener->address()->port, path);
    const auto request =
        http::get(loop, url, {.agent = agent, .family = net::Family::ipv4},
                  [this](http::IncomingMessage& response) {
                    response.on<Data>([this](const Data& data) { log.add(data.chunk.text()); });
                  });
    request->on<Error>([this](const Error& error) { log.add("error", error); });
    request->on<Close>([this] {
      log.add("close");
      ++closed;
    });
    return request;
  }

  test::Authority authority;
  Ref<tls::Server> listener;
  int closed = 0;
};

TEST_F(HttpsTest, RequestsShareAConnectionOverTls) {
  const auto agent = http::make_https_agent(
      loop, {.keep_alive = true},
      {.secure_context = tls::create_secure_context({.ca = {authority.cert()}})});
  get("/a", agent);
  run_until([this] { return closed == 1; });
  loop.poll();
  const auto second = get("/b", agent);
  run_until([this] { return closed == 2; });
  EXPECT_TRUE(second->reused_socket());
  EXPECT_EQ(log.take(), "/a close /b close");
}

TEST_F(HttpsTest, AServerThatNobodyVouchesForIsRefused) {
  get("/", http::make_https_agent(loop));
  run_until([this] { return closed == 1; });
  EXPECT_EQ(log.take(), "error(UNABLE_TO_VERIFY_LEAF_SIGNATURE) close");
}

TEST_F(HttpsTest, TheLoopsOwnAgentsAreForOneProtocolEach) {
  EXPECT_EQ(http::global_https_agent(loop)->protocol(), "https:");
  EXPECT_EQ(http::global_agent(loop)->protocol(), "http:");
  EXPECT_EQ(test::thrown_by([&] {
              http::get(loop, "https://h/", {.agent = http::global_agent(loop)});
            }).name(),
            "ERR_INVALID_PROTOCOL");
}

}  // namespace
}  // namespace weir
