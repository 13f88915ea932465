// Users of a server in operator mode, who have a file with a JWT and a seed.
#include "nats/credentials.h"

#include "support/nats_connecting_test.h"
#include <weir/net/server.h>
#include <weir/net/socket.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace weir::test {
namespace {

class CredentialsTest : public NatsConnectingTest {
 protected:
  nats::ConnectOptions with(std::string_view credentials) {
    nats::ConnectOptions options;
    options.credentials_file = write("user.creds", credentials);
    return options;
  }

  // What connect() throws: its name, if it has the path.
  std::string thrown_by(const nats::ConnectOptions& options) {
    try {
      const auto refused = nats::connect(loop, "nats://localhost:1", options);
    } catch (const Error& error) {
      const std::string& file =
          options.nkey.empty() ? options.credentials_file : options.nkey_seed_file;
      EXPECT_NE(std::string_view(error.what()).find(file), std::string::npos) << error.what();
      return std::string(error.name());
    }
    return "nothing";
  }

  static std::string without(std::string text, std::string_view part) {
    return text.erase(text.find(part), part.size());
  }

  static std::string seed_of(const std::string& credentials) {
    return credentials.substr(credentials.find("\nSU") + 1, 58);
  }
};

TEST_F(CredentialsTest, StreamsOfAUserWithAFilePublishAndConsume) {
  const NatsServers servers(1, kOperatorConfig);
  connection = connect_to(servers, with(kAliceCredentials));
  make_stream(*connection, {.name = "LOGS", .subjects = {"logs"}});
  std::string heard;
  auto news = nats::create_subscribe_stream(*connection, "logs");
  news->on<DataOf<nats::Message>>([&](const auto& data) { heard += data.chunk.data.text(); });
  publish_all(*connection, "logs", 3);
  nats::ConsumeOptions options;
  options.until_empty = true;
  auto in = nats::create_consume_stream(*connection, "LOGS", "archive", options);
  std::string got;
  in->on<DataOf<nats::Message>>([&](const auto& data) {
    got += data.chunk.data.text();
    data.chunk.ack();
  });
  run_until([&] { return in->closed() && heard.size() == 3; }, "the messages");
  EXPECT_EQ(got, "012");
  EXPECT_EQ(heard, "012");
  EXPECT_EQ(in->counts().acked, 3U);
  news->destroy();
}

TEST_F(CredentialsTest, AUserOfAnUnknownAccountIsRefused) {
  const NatsServers servers(1, kOperatorConfig);
  EXPECT_EQ(try_to_connect(servers, with(kAliceCredentials)), "connected");
  EXPECT_EQ(try_to_connect(servers, with(kEveCredentials)), "ERR_NATS_AUTHORIZATION");
  EXPECT_EQ(try_to_connect(servers, {}), "ERR_NATS_AUTHORIZATION");
}

TEST_F(CredentialsTest, TheSeedOfAnotherUserIsRefused) {
  const NatsServers servers(1, kOperatorConfig);
  const std::string alice = kAliceCredentials;
  const std::string bob = kBobCredentials;
  const std::string mixed = alice.substr(0, alice.find("\n\n")) + bob.substr(bob.find("\n\n"));
  EXPECT_EQ(try_to_connect(servers, with(mixed)), "ERR_NATS_AUTHORIZATION");
}

// A server that takes every user who signs its nonce: each connection gets the next nonce, and all
// further ones get the last.
class SigningServer {
 public:
  SigningServer(Loop& loop, std::initializer_list<std::string_view> nonces)
      : nonces_(nonces),
        server_(net::create_server(loop, [this](net::Socket& client) { accept(client); })) {
    server_->listen(0, "127.0.0.1");
    server_->unref();
  }
  ~SigningServer() {
    for (const Ref<net::Socket>& client : clients_) client->destroy();
  }

  std::string url() const { return fmt::format("nats://127.0.0.1:{}", server_->address()->port); }
  std::size_t accepted() const { return clients_.size(); }

 private:
  void accept(net::Socket& client) {
    const std::size_t index = std::min(clients_.size(), nonces_.size() - 1);
    clients_.emplace_back(&client);
    client.on<Error>([](const Error&) {});
    client.on<Data>([&client, text = std::string()](const Data& data) mutable {
      text += data.chunk.text();
      if (!text.ends_with("PING\r\n")) return;
      if (text.contains("\"sig\":"))
        client.write("PONG\r\n");
      else
        client.end("-ERR 'Authorization Violation'\r\n");
      text.clear();
    });
    client.write(fmt::format(
        "INFO {{\"server_id\":\"A\",\"version\":\"2.9.10\",\"proto\":1,\"headers\":true,"
        "\"auth_required\":true,\"max_payload\":1048576,\"nonce\":\"{}\"}}\r\n",
        nonces_[index]));
  }

  std::vector<std::string_view> nonces_;
  std::vector<Ref<net::Socket>> clients_;
  Ref<net::Server> server_;
};

// Alice's signature of this one begins with a byte 0.
constexpr std::string_view kUnluckyNonce = "6Q9LU9fVSCF4RUU";

TEST_F(CredentialsTest, AUserWhoseSignatureBeginsWithAZeroByteIsConnected) {
  const SigningServer credentials(loop, {kUnluckyNonce, kUnluckyNonce, "other"});
  EXPECT_EQ(try_to_connect(credentials.url(), with(kAliceCredentials)), "connected");
  const SigningServer nkey(loop, {kUnluckyNonce, "other"});
  nats::ConnectOptions options;
  options.nkey = "UDEMHKTAS6Q6EWKNBBS2NPMYUME7KH5M3ORPFMM7GVDLG255DJ3MNSBH";
  options.nkey_seed_file = write("seed", seed_of(kAliceCredentials));
  EXPECT_EQ(try_to_connect(nkey.url(), options), "connected");
}

TEST_F(CredentialsTest, AUserWhoIsRefusedIsNotTriedForEver) {
  const SigningServer without_signature(loop, {"any"});
  EXPECT_EQ(try_to_connect(without_signature.url(), {}), "ERR_NATS_AUTHORIZATION");
  EXPECT_EQ(without_signature.accepted(), 1U);
  const SigningServer refusing(loop, {kUnluckyNonce});
  try_to_connect(refusing.url(), with(kAliceCredentials));
  EXPECT_LE(refusing.accepted(), 3U);  // a cnats that signs it is connected at once
}

TEST_F(CredentialsTest, AFileThatCannotBeReadIsAnErrorWithItsPath) {
  nats::ConnectOptions options;
  options.credentials_file = folder.path("missing");
  EXPECT_EQ(thrown_by(options), "ENOENT");
  options.credentials_file = folder.path();
  EXPECT_EQ(thrown_by(options), "EISDIR");
  nats::ConnectOptions nkey;
  nkey.nkey = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";
  nkey.nkey_seed_file = folder.path("missing");
  EXPECT_EQ(thrown_by(nkey), "ENOENT");
}

TEST_F(CredentialsTest, AFileWithoutAJwtAndASeedIsAnErrorWithItsPath) {
  const std::string good = kAliceCredentials;
  const std::string cut = seed_of(good).substr(0, 50);
  std::string mistyped = good;
  mistyped[mistyped.find(cut) + 20] ^= 1;
  for (const std::string& bad :
       {std::string(), std::string("password"), good.substr(0, good.find("\n\n")),
        good.substr(good.find("\n\n")), without(good, "."), without(good, cut), mistyped,
        without(good, "-----BEGIN USER NKEY SEED-----\n")})
    EXPECT_EQ(thrown_by(with(bad)), "ERR_NATS_INVALID_ARGUMENT") << bad;
  nats::ConnectOptions nkey;
  nkey.nkey = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";
  nkey.nkey_seed_file = write("seed", cut);
  EXPECT_EQ(thrown_by(nkey), "ERR_NATS_INVALID_ARGUMENT");
}

TEST_F(CredentialsTest, AFileThatIsReplacedIsReadForTheNextConnection) {
  write("users", kOperatorConfig);
  NatsServers servers(1, include_of("users"));
  ASSERT_EQ(try_to_connect(servers, with(kAliceCredentials)), "connected");
  auto user = nats::create_subscribe_stream(*connection, "news");
  servers.kill(0);
  write("users", kOperatorConfigWithoutAlice);
  write("user.creds", kBobCredentials);
  servers.start(0);
  run_until([&] { return connection->reconnects() == 1; }, "another connection");
  EXPECT_EQ(try_to_connect(servers, with(kAliceCredentials)), "ERR_NATS_AUTHORIZATION");
  user->destroy();
}

TEST_F(CredentialsTest, AFileThatIsMissingForAWhileIsAnErrorOfEachAttempt) {
  NatsServers servers(1, kOperatorConfig);
  ASSERT_EQ(try_to_connect(servers, with(kAliceCredentials)), "connected");
  auto user = nats::create_subscribe_stream(*connection, "news");
  std::string error;
  connection->on<Error>([&](const Error& reported) { error = reported.what(); });
  std::filesystem::remove(folder.path("user.creds"));
  servers.kill(0);
  run_until([&] { return !error.empty(); }, "an error");
  EXPECT_NE(error.find(folder.path("user.creds")), error.npos) << error;
  write("user.creds", kAliceCredentials);
  servers.start(0);
  run_until([&] { return connection->reconnects() == 1; }, "another connection");
  user->destroy();
}

}  // namespace
}  // namespace weir::test
