// Names with several addresses, which the test's lookup returns.
#include "support/net_test.h"
#include <weir/net/socket.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

class ConnectorTest : public test::NetTest {
 protected:
  // A client of a name that has these addresses.
  Ref<Socket> client_of(std::vector<Address> addresses, ConnectOptions options = {}) {
    options.host = "name.test";
    options.lookup = [this, addresses](const std::string&, Family, LookupDone done) {
      loop.set_immediate([addresses, done = std::move(done)]() mutable { done({}, addresses); });
    };
    auto c = client(std::move(options));
    c->on<Lookup>([this](const Lookup& lookup) {
      logs["tries"].add("lookup:" + lookup.address.address, lookup.error);
    });
    c->on<ConnectionAttempt>([this](const ConnectionAttempt& attempt) {
      logs["tries"].add("try:" + attempt.address.address);
    });
    c->on<ConnectionAttemptFailed>([this](const ConnectionAttemptFailed& failed) {
      logs["tries"].add("failed:" + failed.address.address, failed.error);
    });
    c->on<ConnectionAttemptTimeout>([this](const ConnectionAttemptTimeout& timeout) {
      logs["tries"].add("timeout:" + timeout.address.address);
    });
    c->resume();
    return c;
  }
};

const Address kHere{"127.0.0.1", Family::ipv4};
const Address kHere6{"::1", Family::ipv6};

TEST_F(ConnectorTest, TriesTheFamiliesInTurn) {
  serve([](Socket& s) { s.end(); });
  client_of({kHere6, Address{"127.0.0.9", Family::ipv4}, kHere});
  run();
  const std::string tries = log_of("tries");
  EXPECT_TRUE(tries.starts_with("lookup:::1 lookup:127.0.0.9 lookup:127.0.0.1 ")) << tries;
  EXPECT_TRUE(tries.ends_with("try:127.0.0.9 failed:127.0.0.9(ECONNREFUSED) try:127.0.0.1"))
      << tries;
  EXPECT_TRUE(log_of("c").contains("connect ready"));
}

TEST_F(ConnectorTest, GivesAllErrorsWhereNoneAnswers) {
  serve([](Socket&) {});
  server->close();
  auto c = client_of({kHere, Address{"127.0.0.9", Family::ipv4}});
  Error why;
  c->on<Error>([&](const Error& error) { why = error; });
  loop.run();
  EXPECT_EQ(why.errors().size(), 2u);
  EXPECT_EQ(why.name(), "ECONNREFUSED");
  EXPECT_EQ(log_of("c"), "attemptFailed attemptFailed error(ECONNREFUSED) close(true)");
}

TEST_F(ConnectorTest, TakesTheFirstAloneWithoutAutoSelectFamily) {
  serve([](Socket& s) { s.end(); });
  client_of({kHere, kHere6}, {.auto_select_family = false});
  run();
  EXPECT_EQ(log_of("tries"), "lookup:127.0.0.1 try:127.0.0.1");
}

TEST_F(ConnectorTest, NamesTheHostThatCannotBeLookedUp) {
  auto c = watched(connect(loop, 80, "nohost.invalid"), "c");
  std::string why;
  c->on<Error>([&](const Error& error) { why = error.what(); });
  loop.run();
  EXPECT_TRUE(why == "getaddrinfo ENOTFOUND nohost.invalid" ||
              why == "getaddrinfo EAI_AGAIN nohost.invalid")
      << why;
}

TEST_F(ConnectorTest, RefusesAnAddressThatIsNone) {
  serve([](Socket&) {});
  server->close();
  client_of({Address{"bogus", Family::ipv4}});
  loop.run();
  EXPECT_EQ(log_of("c"), "error(ERR_INVALID_IP_ADDRESS) close(true)");
}

TEST_F(ConnectorTest, ForgetsALookupThatItDoesNotWaitForAnyMore) {
  LookupDone answer;
  auto c = watched(connect(loop, {.port = 80,
                                  .host = "name.test",
                                  .lookup = [&](const std::string&, Family,
                                                LookupDone done) { answer = std::move(done); }}),
                   "c");
  c->destroy();
  loop.run();
  answer({}, {kHere});
  loop.run();
  EXPECT_EQ(log_of("c"), "close(false)");
}

TEST_F(ConnectorTest, ConnectsFromTheGivenAddress) {
  serve([](Socket& s) {
    EXPECT_EQ(s.remote_address()->address, "127.0.0.5");
    s.end();
  });
  auto c = client({.local_address = "127.0.0.5"});
  c->resume();
  run();
  auto d =
      watched(connect(loop, {.port = 1, .host = "127.0.0.1", .local_address = "192.0.2.1"}), "d");
  loop.run();
  EXPECT_EQ(log_of("d"), "error(EADDRNOTAVAIL) close(true)");
}

}  // namespace
}  // namespace weir::net
