// Servers that the program has not named: a cluster tells its clients their addresses.
#include "support/certificates.h"
#include "support/nats_test.h"
#include "support/temporary_folder.h"
#include <weir/nats/errors.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace weir::test {
namespace {

class AnnouncedServersTest : public NatsTest {
 protected:
  void connect_and_log(std::vector<std::string> urls, const nats::ConnectOptions& options = {}) {
    connection = connect_to(std::move(urls), options);
    connection->on<nats::Connected>(
        [&](const nats::Connected& now) { connected.push_back(now.server); });
    connection->on<nats::Reconnected>(
        [&](const nats::Reconnected& now) { connected.push_back(now.server); });
  }

  Ref<nats::Connection> connection;
  std::vector<std::string> connected;
};

TEST_F(AnnouncedServersTest, AServerThatTheClusterHasAnnouncedReplacesALostOne) {
  NatsServers servers(3, "authorization { user: weir, password: secret }");
  connect_and_log({fmt::format("nats://weir:secret@127.0.0.1:{}", servers.port(0))});
  // Three replicas need three servers, which have told each other, and their clients, by then.
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}, .replicas = 3});
  servers.kill(0);
  run_until([&] { return connected.size() == 2; }, "a second server");
  servers.kill(connected.back() == servers.url(1) ? 1 : 2);
  run_until([&] { return connected.size() == 3; }, "the last server");
  std::ranges::sort(connected);
  std::vector<std::string> all = servers.urls();
  std::ranges::sort(all);
  EXPECT_EQ(connected, all);
}

// Clusters over TLS, whose certificates have names and no addresses.
class AnnouncedTlsServersTest : public AnnouncedServersTest {
 protected:
  std::string write(std::string_view name, std::string_view text) {
    const std::string path = folder.path(name);
    std::ofstream(path) << text;
    return path;
  }

  // Servers that are started after this have a certificate for the name alone.
  void certify(std::string_view name) {
    const Identity server = authority.issue({.alternative_names = fmt::format("DNS:{}", name)});
    write("server.crt", server.cert);
    write("server.key", server.key);
  }

  std::string config() {
    return fmt::format("tls {{ cert_file: \"{}\", key_file: \"{}\" }}", folder.path("server.crt"),
                       folder.path("server.key"));
  }

  nats::ConnectOptions trusting() {
    nats::ConnectOptions options;
    options.tls.ca_file = write("ca.crt", authority.cert());
    return options;
  }

  void connect_to_first(const NatsServers& servers, std::vector<std::string> urls,
                        const nats::ConnectOptions& options) {
    connect_and_log(std::move(urls), options);
    await_server(servers, 1);
    ASSERT_EQ(connected.size(), 1U);
  }

  // Waits for a message that comes from this server: it has been announced before that.
  void await_server(const NatsServers& servers, std::size_t index) {
    nats::ConnectOptions options;
    options.tls.verify = false;
    auto in = nats::create_subscribe_stream(*connection, "hello");
    bool is_heard = false;
    in->on<DataOf<nats::Message>>([&](const auto&) { is_heard = true; });
    auto greeter = connect_to(std::vector{servers.url(index)}, options);
    const auto greeting = loop.set_interval(5ms, [&] { greeter->publish("hello", ""); });
    run_until([&] { return is_heard; }, "a message of the other server");
    greeting->clear();
    in->destroy();
  }

  void expect_to_stand(NatsServers& servers, std::size_t index) {
    const std::size_t before = connected.size();
    run_until([&] { return connected.size() > before; }, "the next server");
    EXPECT_EQ(connected.back(), servers.url(index));
  }

  static std::string by_name(const NatsServers& servers, std::size_t index) {
    return fmt::format("tls://localhost:{}", servers.port(index));
  }

  void start_again(NatsServers& servers, std::size_t index, std::string_view name) {
    servers.kill(index);
    certify(name);
    servers.start(index);
    await_server(servers, index);
  }

  void expect_to_be_refused() {
    std::string reason;
    connection->on<Error>([&](const Error& error) { reason = error.what(); });
    run_until([&] { return !reason.empty(); }, "a refusal");
    EXPECT_TRUE(connection->closed());
    EXPECT_NE(reason.find("SSL"), reason.npos) << reason;
  }

  TemporaryFolder folder;
  Authority authority;
};

TEST_F(AnnouncedTlsServersTest, AnAddressIsVerifiedUnderTheNameOfTheServerThatAnnouncedIt) {
  certify("localhost");
  NatsServers servers(2, config());
  connect_to_first(servers, {by_name(servers, 0)}, trusting());
  servers.kill(0);
  expect_to_stand(servers, 1);
}

TEST_F(AnnouncedTlsServersTest, AnAddressKeepsTheNameFromOneAnnouncedServerToTheNext) {
  certify("localhost");
  NatsServers servers(3, config());
  servers.kill(2);
  connect_to_first(servers, {by_name(servers, 0)}, trusting());
  servers.kill(0);
  expect_to_stand(servers, 1);
  servers.start(2);
  await_server(servers, 2);
  servers.kill(1);
  expect_to_stand(servers, 2);
}

TEST_F(AnnouncedTlsServersTest, AnAddressWithACertificateForAnotherNameIsRefused) {
  certify("localhost");
  NatsServers servers(2, config());
  nats::ConnectOptions options = trusting();
  options.max_reconnects = 3;
  connect_to_first(servers, {by_name(servers, 0)}, options);
  start_again(servers, 1, "weir.example");
  servers.kill(0);
  expect_to_be_refused();
  EXPECT_EQ(connected.size(), 1U);
}

TEST_F(AnnouncedTlsServersTest, AServerThatTheProgramNamesByItsAddressNeedsACertificateForThat) {
  certify("localhost");
  NatsServers servers(3, config());
  nats::ConnectOptions options = trusting();
  options.max_reconnects = 3;
  const std::string address = fmt::format("tls://127.0.0.1:{}", servers.port(1));
  connect_to_first(servers, {by_name(servers, 0), address}, options);
  await_server(servers, 2);
  servers.kill(0);
  expect_to_stand(servers, 2);
  servers.kill(2);
  expect_to_be_refused();
}

TEST_F(AnnouncedTlsServersTest, TheExpectedNameOfTheOptionsIsThatOfEachServer) {
  certify("weir.example");
  NatsServers servers(2, config());
  nats::ConnectOptions options = trusting();
  options.tls.host = "weir.example";
  connect_to_first(servers, {by_name(servers, 0)}, options);
  servers.kill(0);
  expect_to_stand(servers, 1);
}

}  // namespace
}  // namespace weir::test
