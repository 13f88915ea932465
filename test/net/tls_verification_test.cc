#include "support/tls_test.h"
#include <weir/net/tls_errors.h>
#include <weir/net/tls_socket.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::tls {
namespace {

using test::Identity;

class TlsVerificationTest : public test::TlsTest {};

// --- Untrusted peers ---

TEST_F(TlsVerificationTest, ASelfSignedCertificateIsAnError) {
  server_options.secure_context = context_of(test::self_signed());
  connect();
  client->write("a secret", cb("written"));
  EXPECT_EQ(after_run(),
            "c.error(DEPTH_ZERO_SELF_SIGNED_CERT) written(ECANCELED) c.close(error) s.close");
  EXPECT_EQ(client->authorization_error().name(), "DEPTH_ZERO_SELF_SIGNED_CERT");
  EXPECT_EQ(received_by_server, "");
}

TEST_F(TlsVerificationTest, AnExpiredCertificateIsAnError) {
  server_options.secure_context = context_of(authority.issue({.ends = -std::chrono::hours(1)}));
  connect();
  after_run();
  EXPECT_EQ(failure.name(), "CERT_HAS_EXPIRED");
  EXPECT_EQ(failure.message(), "certificate has expired");
}

TEST_F(TlsVerificationTest, AnUnknownIssuerIsAnError) {
  server_options.secure_context = context_of(authority.issue_authority().issue());
  connect();
  after_run();
  EXPECT_EQ(failure.name(), "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
}

TEST_F(TlsVerificationTest, APfxIsAKeyItsCertificateAndItsIssuers) {
  const test::Authority between = authority.issue_authority();
  server_options.secure_context = create_secure_context(
      {.passphrase = "secret", .pfx = test::pfx_of(between.issue(), "secret", between.cert())});
  connect();
  client->on<SecureConnect>([&] { client->end("hello"); });
  after_run();
  EXPECT_FALSE(failure) << failure;
  EXPECT_EQ(received_by_server, "hello");
}

TEST_F(TlsVerificationTest, ARevokedCertificateIsAnError) {
  for (const bool is_revoked : {false, true}) {
    std::tie(client_wire, server_wire) = test::connection_pair(loop);
    failure = {};
    const std::vector<std::string> revoked =
        is_revoked ? std::vector{identity.cert} : std::vector<std::string>();
    client_options = {.secure_context = create_secure_context(
                          {.ca = {authority.cert()}, .crl = {authority.revoke(revoked)}})};
    server_options = {.is_server = true, .secure_context = context_of(identity)};
    connect();
    client->on<SecureConnect>([&] { client->end(); });
    after_run();
    EXPECT_EQ(test::name_of(failure), is_revoked ? "CERT_REVOKED" : "ok");
  }
}

TEST_F(TlsVerificationTest, ALackingOrOldListOfRevocationsIsAnError) {
  client_options.secure_context = create_secure_context(
      {.ca = {authority.cert()}, .crl = {authority.issue_authority().revoke({})}});
  connect();
  after_run();
  EXPECT_EQ(failure.name(), "UNABLE_TO_GET_CRL");
  std::tie(client_wire, server_wire) = test::connection_pair(loop);
  failure = {};
  client_options = {
      .secure_context = create_secure_context(
          {.ca = {authority.cert()}, .crl = {authority.revoke({}, -std::chrono::hours(1))}})};
  server_options = {.is_server = true, .secure_context = context_of(identity)};
  connect();
  after_run();
  EXPECT_EQ(failure.name(), "CRL_HAS_EXPIRED");
}

TEST_F(TlsVerificationTest, ACertificateOfAnotherHostIsAnError) {
  client_options.host = "other.example";
  connect();
  after_run();
  EXPECT_EQ(failure.name(), "ERR_TLS_CERT_ALTNAME_INVALID");
  EXPECT_EQ(failure.message(),
            "Hostname/IP does not match certificate's altnames: Host: other.example. is not in the "
            "cert's altnames: DNS:localhost, IP Address:127.0.0.1");
}

TEST_F(TlsVerificationTest, AnAddressIsVerifiedAndNotAskedFor) {
  client_options.host = "127.0.0.1";
  connect();
  client->on<SecureConnect>([&] { client->end(); });
  server->on<SecureConnect>([&] { EXPECT_EQ(server->servername(), ""); });
  after_run();
  EXPECT_TRUE(client->authorized());
  EXPECT_FALSE(failure);
}

TEST_F(TlsVerificationTest, AClientThatDoesNotRejectGetsTheReason) {
  client_options.reject_unauthorized = false;
  server_options.secure_context = context_of(test::self_signed());
  connect();
  client->on<SecureConnect>([&] { client->end("all the same"); });
  after_run();
  EXPECT_FALSE(failure);
  EXPECT_FALSE(client->authorized());
  EXPECT_EQ(client->authorization_error().name(), "DEPTH_ZERO_SELF_SIGNED_CERT");
  EXPECT_EQ(received_by_server, "all the same");
}

TEST_F(TlsVerificationTest, TheProgramMayCheckTheIdentity) {
  client_options.host = "whatever.example";
  client_options.check_server_identity = [this](std::string_view host, const Certificate& of) {
    log.add(std::string(host) + "/" + of.subject.front().second);
    return Error("not today");
  };
  connect();
  after_run();
  EXPECT_EQ(failure.message(), "not today");
}

// --- A server's choices ---

TEST_F(TlsVerificationTest, ACertificateIsChosenByNameAtOnceOrLater) {
  const Identity other = authority.issue({.alternative_names = "DNS:other.example"});
  client_options.host = "other.example";
  SniAnswer kept;
  server_options.sni_callback = [&](std::string_view name, SniAnswer answer) {
    log.add(std::string(name));
    kept = std::move(answer);
    loop.set_immediate([&] { kept({}, context_of(other)); });
  };
  connect();
  client->on<SecureConnect>([&] { client->end(); });
  after_run();
  kept = nullptr;
  EXPECT_TRUE(client->authorized());
  EXPECT_FALSE(failure);
}

TEST_F(TlsVerificationTest, AnErrorOfTheChoiceEndsTheConnection) {
  client_options.host = "localhost";
  server_options.sni_callback = [](std::string_view, SniAnswer answer) {
    answer(Error("nobody here"), nullptr);
  };
  connect();
  after_run();
  EXPECT_EQ(server->errored().message(), "nobody here");
  EXPECT_EQ(client->errored().name(), "ECONNRESET");
}

TEST_F(TlsVerificationTest, AClientsCertificateIsRequestedAndVerified) {
  const Identity own = authority.issue({.common_name = "a client"});
  client_options.secure_context =
      create_secure_context({.key = own.key, .cert = own.cert, .ca = {authority.cert()}});
  server_options.secure_context =
      create_secure_context({.key = identity.key, .cert = identity.cert, .ca = {authority.cert()}});
  server_options.request_cert = true;
  connect();
  client->on<SecureConnect>([&] { client->end(); });
  after_run();
  EXPECT_TRUE(server->authorized());
  EXPECT_FALSE(failure);
}

TEST_F(TlsVerificationTest, AnUntrustedClientIsDroppedWithoutAWord) {
  const Identity own = test::self_signed();
  client_options.secure_context =
      create_secure_context({.key = own.key, .cert = own.cert, .ca = {authority.cert()}});
  server_options.request_cert = true;
  connect();
  EXPECT_EQ(after_run(),
            "c.secureConnect s.close c.error(ERR_SSL_UNEXPECTED_EOF_WHILE_READING) c.close(error)");
  EXPECT_EQ(server->authorization_error().name(), "DEPTH_ZERO_SELF_SIGNED_CERT");
}

TEST_F(TlsVerificationTest, ASessionIsResumed) {
  const auto trusting = client_options.secure_context;
  const auto serving = server_options.secure_context;
  connect();
  Buffer session;
  client->on<SessionEvent>([&](const SessionEvent& event) {
    session = event.session;
    client->end();
  });
  after_run();
  ASSERT_FALSE(session.empty());
  std::tie(client_wire, server_wire) = test::connection_pair(loop);
  client_options = {.secure_context = trusting, .session = session};
  server_options = {.is_server = true, .secure_context = serving};
  connect();
  client->on<SecureConnect>([&] {
    EXPECT_TRUE(client->session_reused());
    client->end();
  });
  after_run();
  EXPECT_TRUE(client->authorized());
  EXPECT_FALSE(failure);
}

// A resumed connection verifies no certificate.
TEST_F(TlsVerificationTest, ASessionIsForTheHostThatWasVerifiedAlone) {
  const auto trusting = client_options.secure_context;
  const std::string host = client_options.host;
  const auto serving = server_options.secure_context;
  const auto next = [&](SocketOptions options) {
    std::tie(client_wire, server_wire) = test::connection_pair(loop);
    options.secure_context = trusting;
    client_options = std::move(options);
    server_options = {.is_server = true, .secure_context = serving};
    connect();
  };
  // The session that a connection is granted.
  const auto session_of = [&](SocketOptions options) {
    next(std::move(options));
    Buffer session;
    client->on<SessionEvent>([&](const SessionEvent& event) {
      session = event.session;
      client->end();
    });
    after_run();
    EXPECT_FALSE(session.empty());
    return session;
  };
  const auto is_reused = [&](SocketOptions options) {
    next(std::move(options));
    bool reused = false;
    client->on<SecureConnect>([&] {
      reused = client->session_reused();
      client->end();
    });
    after_run();
    return reused;
  };
  const auto other_host = [&] {
    SocketOptions options{.host = "other.example"};
    options.check_server_identity = [](std::string_view, const Certificate&) { return Error(); };
    return options;
  };
  const Buffer verified = session_of({.host = host});
  EXPECT_TRUE(is_reused({.host = host, .session = verified}));
  {
    SocketOptions options = other_host();
    options.session = verified;
    EXPECT_FALSE(is_reused(std::move(options)));
  }
  // A session whose certificate was for another host: only for clients that verify no name.
  const Buffer unverified = session_of({.host = "wrong.example", .reject_unauthorized = false});
  EXPECT_FALSE(is_reused({.host = host, .session = unverified}));
  EXPECT_TRUE(is_reused({.host = host, .reject_unauthorized = false, .session = unverified}));
  // Nor does that verify it.
  next({.host = host, .reject_unauthorized = false, .session = unverified});
  Buffer again;
  client->on<SessionEvent>([&](const SessionEvent& event) {
    again = event.session;
    client->end();
  });
  after_run();
  EXPECT_FALSE(is_reused({.host = host, .session = again}));
}

// Each name of the server trusts the clients of another authority.
TEST_F(TlsVerificationTest, AClientThatOneNameTrustsIsNotTrustedByItsSessionUnderAnother) {
  const test::Authority first;
  const test::Authority second;
  const auto trusting = [this](const test::Authority& clients) {
    return create_secure_context(
        {.key = identity.key, .cert = identity.cert, .ca = {clients.cert()}});
  };
  const auto of_first = trusting(first);
  const auto of_second = trusting(second);
  const auto serving = context_of(identity);
  const Identity own = first.issue();
  std::optional<bool> is_trusted;
  Buffer session;
  const auto connect_to = [&](const std::string& name, const Ref<SecureContext>& context) {
    std::tie(client_wire, server_wire) = test::connection_pair(loop);
    client_options = {
        .host = name, .secure_context = context, .reject_unauthorized = false, .session = session};
    server_options = {.is_server = true,
                      .secure_context = serving,
                      .reject_unauthorized = false,
                      .request_cert = true};
    server_options.sni_callback = [&](std::string_view asked, SniAnswer answer) {
      answer({}, asked == "first.example" ? of_first : of_second);
    };
    connect();
    is_trusted.reset();
    client->on<SessionEvent>([&](const SessionEvent& event) { session = event.session; });
    server->on<SecureConnect>([&] {
      is_trusted = server->authorized();
      server->end("hello");
    });
    after_run();
  };
  for (const Version version : {Version::tls1_2, Version::tls1_3}) {
    const auto context =
        create_secure_context({.key = own.key, .cert = own.cert, .max_version = version});
    session = {};
    connect_to("first.example", context);
    EXPECT_EQ(is_trusted, true) << to_string(version);
    connect_to("second.example", context);
    EXPECT_EQ(is_trusted, false) << to_string(version);
  }
}

TEST_F(TlsVerificationTest, AClientThatSendsOnWhileItsContextIsChosenIsNotReadWithoutABound) {
  SniAnswer kept;
  server_options.sni_callback = [&](std::string_view, SniAnswer answer) {
    kept = std::move(answer);
  };
  client_options.host = "localhost";
  connect();
  after_run();
  ASSERT_TRUE(kept);
  const std::string junk(std::size_t{64} << 10, 'x');
  for (int i = 0; i < 64; ++i) client_wire->write(junk);
  after_run();
  EXPECT_LT(client_wire->wire().sent, std::size_t{512} << 10);
  kept({}, nullptr);
  kept = nullptr;
  EXPECT_FALSE(server_wire->is_paused());
  after_run();
  EXPECT_TRUE(server->closed());
}
}  // namespace
}  // namespace weir::tls
