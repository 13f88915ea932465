// Connections over TLS, and the ways to say who one is.
#include "support/certificates.h"
#include "support/nats_connecting_test.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace weir::test {
namespace {

// Of the documentation of NATS.
constexpr std::string_view kNkey = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";
constexpr std::string_view kNkeySeed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";

class SecureConnectionTest : public NatsConnectingTest {
 protected:
  // The lines of a server with this certificate.
  std::string config_of(const Identity& server, std::string_view more = {}) {
    return fmt::format("tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\" {} }}",
                       write("server.crt", server.cert), write("server.key", server.key),
                       write("ca.crt", authority.cert()), more);
  }

  nats::ConnectOptions trusting(const Authority& whom) {
    nats::ConnectOptions options;
    options.tls.required = true;
    options.tls.ca_file = write("trusted.crt", whom.cert());
    return options;
  }

  Authority authority;
};

TEST_F(SecureConnectionTest, AServerOfATrustedAuthorityIsTaken) {
  const NatsServers servers(1, config_of(authority.issue()));
  EXPECT_EQ(try_to_connect(servers, trusting(authority)), "connected");
  expect_answers();
}

TEST_F(SecureConnectionTest, AServerOfAnotherAuthorityIsRefused) {
  const NatsServers servers(1, config_of(authority.issue()));
  EXPECT_EQ(try_to_connect(servers, trusting(Authority())), "ERR_NATS_TLS");
}

TEST_F(SecureConnectionTest, AServerOfAnotherNameIsRefusedUnlessItIsExpected) {
  const NatsServers servers(1,
                            config_of(authority.issue({.alternative_names = "DNS:weir.example"})));
  nats::ConnectOptions options = trusting(authority);
  EXPECT_EQ(try_to_connect(servers, options), "ERR_NATS_TLS");
  options.tls.host = "weir.example";
  EXPECT_EQ(try_to_connect(servers, options), "connected");
}

TEST_F(SecureConnectionTest, AUrlOfTlsRefusesAServerWithoutIt) {
  const NatsServers servers;
  const std::string url = fmt::format("tls://127.0.0.1:{}", servers.port());
  EXPECT_EQ(try_to_connect(servers, {}), "connected");
  EXPECT_EQ(try_to_connect(url, {}), "ERR_NATS_TLS");
}

TEST_F(SecureConnectionTest, AnUnverifiedServerIsTakenWhereThatIsAsked) {
  const NatsServers servers(1, config_of(authority.issue()));
  nats::ConnectOptions options;
  options.tls.required = true;
  options.tls.verify = false;
  EXPECT_EQ(try_to_connect(servers, options), "connected");
  expect_answers();
}

TEST_F(SecureConnectionTest, AServerMayDemandTheClientsCertificate) {
  const NatsServers servers(1, config_of(authority.issue(), ", verify: true"));
  nats::ConnectOptions options = trusting(authority);
  const Identity client = authority.issue({.common_name = "client"});
  options.tls.cert_file = write("client.crt", client.cert);
  options.tls.key_file = write("client.key", client.key);
  EXPECT_EQ(try_to_connect(servers, options), "connected");
  options.tls.cert_file.clear();
  EXPECT_NE(try_to_connect(servers, options), "connected");
}

TEST_F(SecureConnectionTest, ACertificateThatIsReplacedIsReadForTheNextConnection) {
  NatsServers servers(1, config_of(authority.issue()));
  ASSERT_EQ(try_to_connect(servers, trusting(authority)), "connected");
  auto user = nats::create_subscribe_stream(*connection, "news");
  servers.kill(0);
  const Authority next;
  const Identity renewed = next.issue();
  write("server.crt", renewed.cert);
  write("server.key", renewed.key);
  write("trusted.crt", next.cert());
  servers.start(0);
  run_until([&] { return connection->reconnects() == 1; }, "another connection");
  user->destroy();
}

TEST_F(SecureConnectionTest, ACertificateThatCannotBeReadIsAnErrorOfEachAttempt) {
  NatsServers servers(1, config_of(authority.issue()));
  ASSERT_EQ(try_to_connect(servers, trusting(authority)), "connected");
  auto user = nats::create_subscribe_stream(*connection, "news");
  std::string error;
  connection->on<Error>([&](const Error& reported) { error = reported.what(); });
  write("trusted.crt", "nothing");
  servers.kill(0);
  run_until([&] { return !error.empty(); }, "an error");
  EXPECT_NE(error.find(folder.path("trusted.crt")), error.npos) << error;
  write("trusted.crt", authority.cert());
  servers.start(0);
  run_until([&] { return connection->reconnects() == 1; }, "another connection");
  user->destroy();
}

TEST_F(SecureConnectionTest, ATokenIsTakenIfItIsRight) {
  const NatsServers servers(1, "authorization { token: secret }");
  nats::ConnectOptions options;
  options.token = "secret";
  EXPECT_EQ(try_to_connect(servers, options), "connected");
  options.token = "guess";
  EXPECT_EQ(try_to_connect(servers, options), "ERR_NATS_AUTHORIZATION");
}

TEST_F(SecureConnectionTest, AnNkeySignsWithItsSeed) {
  const NatsServers servers(1, fmt::format("authorization {{ users: [ {{ nkey: {} }} ] }}", kNkey));
  nats::ConnectOptions options;
  options.nkey = kNkey;
  options.nkey_seed_file = write("seed", kNkeySeed);
  EXPECT_EQ(try_to_connect(servers, options), "connected");
  expect_answers();
  EXPECT_EQ(try_to_connect(servers, {}), "ERR_NATS_AUTHORIZATION");
}

TEST_F(SecureConnectionTest, AUserWhoIsNoLongerKnownIsRefusedTwiceAndTheConnectionEnds) {
  write("users", "authorization { token: one }");
  NatsServers servers(1, include_of("users"));
  nats::ConnectOptions options;
  options.token = "one";
  options.reconnect_wait = 10ms;
  options.reconnect_jitter = 10ms;
  ASSERT_EQ(try_to_connect(servers, options), "connected");
  auto in = nats::create_subscribe_stream(*connection, "news");
  in->on<Error>([this](const Error& error) { log.add(error.name()); });
  in->resume();
  write("users", "authorization { token: two }");
  servers.kill(0);
  servers.start(0);
  run_until([&] { return in->closed(); }, "the end");
  EXPECT_EQ(log.take(), "ERR_NATS_AUTHORIZATION");
}

}  // namespace
}  // namespace weir::test
