#include "net/tls_engine.h"

#include "support/certificates.h"
#include "support/event_log.h"

#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::tls {
namespace {

using test::Authority;
using test::Identity;

class TlsEngineTest : public testing::Test {
 protected:
  TlsEngineTest() {
    client_settings.context = create_secure_context({.ca = {authority.cert()}});
    server_settings = {.role = Engine::Role::server, .context = context_of(identity)};
  }

  static Ref<SecureContext> context_of(const Identity& identity) {
    return create_secure_context({.key = identity.key, .cert = identity.cert});
  }

  void connect() {
    client.emplace(std::move(client_settings));
    server.emplace(std::move(server_settings));
    shake_hands();
  }
  // Until neither has output.
  void shake_hands() {
    bool is_said = true;
    while (is_said) {
      if (!client_failure) client_failure = client->advance();
      is_said = deliver(*client, *server);
      if (!server_failure) server_failure = server->advance();
      is_said = deliver(*server, *client) || is_said;
    }
  }
  static bool deliver(Engine& from, Engine& to) {
    if (!from.has_output()) return false;
    to.receive(from.take_output());
    return true;
  }
  static std::string read_all(Engine& engine) {
    std::string text;
    Buffer chunk;
    do {
      if (const Error error = engine.read(chunk)) return test::name_of(error);
      text += chunk.text();
    } while (!chunk.empty());
    return text;
  }
  static Error write(Engine& engine, std::string_view text) {
    return engine.write(std::as_bytes(std::span(text)));
  }

  Authority authority;
  Identity identity = authority.issue();
  Engine::Settings client_settings;
  Engine::Settings server_settings;
  std::optional<Engine> client;
  std::optional<Engine> server;
  Error client_failure;
  Error server_failure;
};

TEST_F(TlsEngineTest, TwoEnginesOpenAndCarryTextBothWays) {
  connect();
  ASSERT_EQ(client->state(), Engine::State::open);
  ASSERT_EQ(server->state(), Engine::State::open);
  EXPECT_EQ(client->protocol(), "TLSv1.3");
  ASSERT_FALSE(write(*client, "ping"));
  EXPECT_FALSE(write(*server, "pong"));
  deliver(*client, *server);
  deliver(*server, *client);
  EXPECT_EQ(read_all(*server), "ping");
  EXPECT_EQ(read_all(*client), "pong");
}

TEST_F(TlsEngineTest, TheSentBytesAreEncrypted) {
  connect();
  ASSERT_FALSE(write(*client, "a secret text"));
  const Buffer sent = client->take_output();
  EXPECT_FALSE(sent.text().contains("secret"));
}

TEST_F(TlsEngineTest, ACertificateOfATrustedAuthorityIsVerified) {
  connect();
  EXPECT_EQ(test::name_of(client->verified()), "ok");
  EXPECT_EQ(client->peer_certificate()->subjectaltname, "DNS:localhost, IP Address:127.0.0.1");
}

TEST_F(TlsEngineTest, AnUntrustedCertificateOpensAndIsNamed) {
  const Identity alone = test::self_signed();
  server_settings.context = context_of(alone);
  connect();
  EXPECT_EQ(client->state(), Engine::State::open);
  EXPECT_EQ(test::name_of(client->verified()), "DEPTH_ZERO_SELF_SIGNED_CERT");
}

TEST_F(TlsEngineTest, AnOldCertificateHasExpired) {
  const Identity old = authority.issue({.ends = -std::chrono::minutes(1)});
  server_settings.context = context_of(old);
  connect();
  EXPECT_EQ(test::name_of(client->verified()), "CERT_HAS_EXPIRED");
}

TEST_F(TlsEngineTest, AMissingIssuerCannotBeVerified) {
  const Identity leaf = authority.issue_authority().issue();
  server_settings.context = context_of(leaf);
  connect();
  EXPECT_EQ(test::name_of(client->verified()), "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
}

TEST_F(TlsEngineTest, AnIssuerThatTheServerShowsIsBelievedThroughItsOwn) {
  const Authority middle = authority.issue_authority();
  const Identity leaf = middle.issue();
  server_settings.context =
      create_secure_context({.key = leaf.key, .cert = leaf.cert + middle.cert()});
  connect();
  EXPECT_EQ(test::name_of(client->verified()), "ok");
}

TEST_F(TlsEngineTest, EndReachesThePeerAndKeepsTheOtherDirectionOpen) {
  connect();
  ASSERT_FALSE(write(*client, "last"));
  client->end();
  deliver(*client, *server);
  EXPECT_EQ(read_all(*server), "last");
  EXPECT_TRUE(server->received_end());
  ASSERT_FALSE(write(*server, "still here"));
  deliver(*server, *client);
  EXPECT_EQ(read_all(*client), "still here");
  EXPECT_FALSE(client->received_end());
}

TEST_F(TlsEngineTest, ATextOfManyRecordsArrivesComplete) {
  connect();
  const std::string text(100'000, 'x');
  ASSERT_FALSE(write(*client, text));
  // In pieces that end anywhere.
  const Buffer sent = client->take_output();
  std::string arrived;
  for (std::size_t at = 0; at < sent.size(); at += 777) {
    server->receive(sent.slice(at, at + 777));
    arrived += read_all(*server);
  }
  EXPECT_EQ(arrived, text);
}

TEST_F(TlsEngineTest, AByteThatWasChangedOnTheWayFails) {
  connect();
  ASSERT_FALSE(write(*client, "hello"));
  std::string sent(client->take_output().text());
  sent.back() ^= 1;
  server->receive(Buffer::adopt(std::move(sent)));
  EXPECT_EQ(read_all(*server), "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC");
  EXPECT_EQ(server->state(), Engine::State::failed);
}

TEST_F(TlsEngineTest, AServerReportsAClientThatSpeaksHttp) {
  server.emplace(std::move(server_settings));
  server->receive(Buffer::literal("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(test::name_of(server->advance()), "ERR_SSL_HTTP_REQUEST");
}

TEST_F(TlsEngineTest, AClientReportsAServerWithoutTls) {
  client.emplace(std::move(client_settings));
  EXPECT_FALSE(client->advance());
  client->receive(Buffer::literal("HTTP/1.1 400 Bad Request\r\n\r\n"));
  EXPECT_EQ(test::name_of(client->advance()), "ERR_SSL_WRONG_VERSION_NUMBER");
}

TEST_F(TlsEngineTest, TheServerPrefersItsOwnProtocol) {
  client_settings.alpn_protocols = {"c", "b", "a"};
  server_settings.alpn_protocols = {"a", "b"};
  connect();
  EXPECT_EQ(client->alpn_protocol(), "a");
  EXPECT_EQ(server->alpn_protocol(), "a");
}

TEST_F(TlsEngineTest, WithoutACommonProtocolBothFail) {
  client_settings.alpn_protocols = {"c"};
  server_settings.alpn_protocols = {"a", "b"};
  connect();
  EXPECT_EQ(test::name_of(server_failure), "ERR_SSL_NO_APPLICATION_PROTOCOL");
  EXPECT_EQ(test::name_of(client_failure), "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
}

TEST_F(TlsEngineTest, ACallbackChoosesAmongTheProtocols) {
  client_settings.alpn_protocols = {"http/1.1", "x"};
  client_settings.servername = "localhost";
  std::string asked;
  server_settings.choose_protocol = [&](std::string_view host, const std::vector<std::string>& of) {
    asked = fmt::format("{}: {}", host, fmt::join(of, " "));
    return std::optional<std::string>("x");
  };
  connect();
  EXPECT_EQ(asked, "localhost: http/1.1 x");
  EXPECT_EQ(client->alpn_protocol(), "x");
}

TEST_F(TlsEngineTest, AProtocolThatWasNotOfferedFails) {
  client_settings.alpn_protocols = {"x"};
  server_settings.choose_protocol = [](std::string_view, const std::vector<std::string>&) {
    return std::optional<std::string>("y");
  };
  connect();
  EXPECT_EQ(test::name_of(server_failure), "ERR_TLS_ALPN_CALLBACK_INVALID_RESULT");
}

TEST_F(TlsEngineTest, AnExceptionOfTheCallbackFailsTheHandshake) {
  client_settings.alpn_protocols = {"x"};
  server_settings.choose_protocol =
      [](std::string_view, const std::vector<std::string>&) -> std::optional<std::string> {
    throw Error("no");
  };
  connect();
  EXPECT_EQ(server_failure.message(), "no");
}

TEST_F(TlsEngineTest, AProtocolWithoutANameIsRefused) {
  client_settings.alpn_protocols = {""};
  EXPECT_EQ(test::name_of(test::thrown_by([&] { Engine engine(std::move(client_settings)); })),
            "ERR_OUT_OF_RANGE");
}

TEST_F(TlsEngineTest, AContextIsChosenByTheNameThatTheClientAskedFor) {
  const Identity other = authority.issue({.common_name = "other"});
  client_settings.servername = "other.example";
  server_settings.chooses_context = true;
  connect();
  ASSERT_EQ(server->state(), Engine::State::choosing);
  EXPECT_EQ(server->servername(), "other.example");
  server->use_context(context_of(other));
  shake_hands();
  ASSERT_EQ(client->state(), Engine::State::open);
  EXPECT_EQ(client->peer_certificate()->subject.back().second, "other");
}

TEST_F(TlsEngineTest, WithoutANameNoContextIsChosen) {
  server_settings.chooses_context = true;
  connect();
  EXPECT_EQ(server->state(), Engine::State::open);
}

TEST_F(TlsEngineTest, AServerThatRequiresACertificateFailsWithoutOne) {
  server_settings.request_cert = server_settings.require_cert = true;
  connect();
  EXPECT_EQ(test::name_of(server_failure), "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE");
  EXPECT_EQ(read_all(*client), "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
}

TEST_F(TlsEngineTest, AServerThatAsksForACertificateVerifiesIt) {
  server_settings.context =
      create_secure_context({.key = identity.key, .cert = identity.cert, .ca = {authority.cert()}});
  server_settings.request_cert = server_settings.require_cert = true;
  const Identity own = authority.issue({.common_name = "a client"});
  client_settings.context =
      create_secure_context({.key = own.key, .cert = own.cert, .ca = {authority.cert()}});
  connect();
  EXPECT_EQ(test::name_of(server->verified()), "ok");
  EXPECT_EQ(server->peer_certificate()->subject.back().second, "a client");
}

TEST_F(TlsEngineTest, WithoutACommonVersionBothFail) {
  client_settings.context = create_secure_context({.max_version = Version::tls1_2});
  server_settings.context = create_secure_context(
      {.key = identity.key, .cert = identity.cert, .min_version = Version::tls1_3});
  connect();
  EXPECT_EQ(test::name_of(server_failure), "ERR_SSL_UNSUPPORTED_PROTOCOL");
  EXPECT_EQ(test::name_of(client_failure), "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
}

TEST_F(TlsEngineTest, ASessionThatWasGrantedIsResumed) {
  const Ref<SecureContext> trusting = client_settings.context;
  const Ref<SecureContext> serving = server_settings.context;
  connect();
  EXPECT_EQ(read_all(*client), "");  // the tickets follow the handshake
  const std::optional<Buffer> session = client->take_session();
  ASSERT_TRUE(session);
  client_settings = {.context = trusting, .session = *session};
  server_settings = {.role = Engine::Role::server, .context = serving};
  connect();
  EXPECT_TRUE(client->session_reused());
  EXPECT_EQ(test::name_of(client->verified()), "ok");
}

}  // namespace
}  // namespace weir::tls
