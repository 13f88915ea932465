// A connection of an agent serves requests to the peer that it was made and verified for, and no
// other: whether it is kept, or in use while a request waits for it.
#include "support/certificates.h"
#include "support/loop_test.h"
#include <weir/http/agent.h>
#include <weir/http/request.h>
#include <weir/http/server.h>
#include <weir/net/tls_connect.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weir {
namespace {

using http::Agent;
using http::AgentOptions;
using http::RequestOptions;

class AgentPeerTest : public test::LoopTest {
 protected:
  using Change = void (*)(RequestOptions&);

  void TearDown() override {
    server->close();
    server->close_all_connections();
    loop.run();
  }

  void answer(http::IncomingMessage& request, http::ServerResponse& response) {
    response.end("to " + std::string(request.headers().get("host").value_or("?")));
  }
  void listen() {
    server->on<http::ConnectionEvent>([this] { ++connections; });
    server->listen(0, "127.0.0.1");
    port = server->address()->port;
  }
  void serve() {
    server = http::create_server(loop, [this](auto& q, auto& r) { answer(q, r); });
    listen();
  }
  // With a certificate for a.example and c.example.
  void serve_securely() {
    const test::Identity identity =
        authority.issue({.alternative_names = "DNS:a.example,DNS:c.example"});
    server = http::create_https_server(loop,
                                       {.context = {.key = identity.key, .cert = identity.cert},
                                        .sni_callback =
                                            [this](std::string_view name, tls::SniAnswer sni) {
                                              asked_for.emplace_back(name), sni({}, nullptr);
                                            }},
                                       [this](auto& q, auto& r) { answer(q, r); });
    listen();
  }
  Ref<Agent> secure_agent(AgentOptions options) {
    return http::make_https_agent(loop, std::move(options), {.secure_context = trusting});
  }
  // As make_https_agent's, written by a program.
  Ref<Agent> agent_with_own_connect(AgentOptions options) {
    options.protocol = "https:";
    options.connect = [this](Loop& on, net::ConnectOptions to, std::string name) {
      return Ref<net::Connection>(tls::connect(on, {.port = to.port,
                                                    .host = to.host,
                                                    .secure_context = trusting,
                                                    .servername = std::move(name)}));
    };
    return Agent::make(loop, std::move(options));
  }

  RequestOptions to_server(const Ref<Agent>& agent, const std::string& name) {
    return {.protocol = agent->protocol(),
            .port = port,
            .host = "127.0.0.1",
            .headers = {{"Host", name}},
            .agent = agent};
  }
  void get(RequestOptions options) {
    const auto request = http::get(loop, std::move(options), [this](http::IncomingMessage& answer) {
      answer.on<Data>([this](const Data& data) { log.add(data.chunk.text()); });
    });
    request->on<Error>([this](const Error& error) { log.add("error", error); });
    request->on<Close>([this] { ++closed; });
  }
  void run_until_closed(int count) {
    while (closed < count) loop.poll();
    for (int turns = 0; turns < 3; ++turns) loop.poll();  // kept connections are free by then
  }
  std::string one_after_the_other(const Ref<Agent>& agent, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      get(to_server(agent, name));
      run_until_closed(closed + 1);
    }
    return log.take();
  }
  std::string at_once(const Ref<Agent>& agent, const std::vector<std::string>& names) {
    for (const std::string& name : names) get(to_server(agent, name));
    run_until_closed(closed + static_cast<int>(names.size()));
    return log.take();
  }

  test::Authority authority;
  Ref<tls::SecureContext> trusting = tls::create_secure_context({.ca = {authority.cert()}});
  Ref<http::Server> server;
  std::uint16_t port = 0;
  int connections = 0;
  int closed = 0;
  std::vector<std::string> asked_for;
};

TEST_F(AgentPeerTest, AKeptTlsConnectionIsNotUsedForANameThatItWasNotVerifiedFor) {
  serve_securely();
  const std::vector<std::function<Ref<Agent>(AgentOptions)>> kinds{
      [this](AgentOptions options) { return secure_agent(std::move(options)); },
      [this](AgentOptions options) { return agent_with_own_connect(std::move(options)); }};
  for (const auto& make : kinds) {
    connections = 0;
    asked_for.clear();
    const auto agent = make({.keep_alive = true});
    EXPECT_EQ(one_after_the_other(agent, {"a.example", "b.example", "a.example", "c.example"}),
              "to a.example error(ERR_TLS_CERT_ALTNAME_INVALID) to a.example to c.example");
    EXPECT_EQ(fmt::format("{}", fmt::join(asked_for, " ")), "a.example b.example c.example");
    EXPECT_EQ(agent->free_sockets(), 2u);
    agent->destroy();
  }
}

TEST_F(AgentPeerTest, AQueuedRequestIsNotGivenAConnectionThatWasVerifiedForAnotherName) {
  serve_securely();
  for (const bool keeps : {false, true}) {
    for (const bool to_all : {false, true}) {
      AgentOptions options{.keep_alive = keeps};
      (to_all ? options.max_total_sockets : options.max_sockets) = 1;
      const auto agent = secure_agent(std::move(options));
      const std::string answers =
          at_once(agent, {"a.example", "b.example", "a.example", "b.example", "c.example"});
      const auto count = [&answers](std::string_view what) {
        int found = 0;
        for (std::size_t at = 0; (at = answers.find(what, at)) != answers.npos; ++at) ++found;
        return found;
      };
      EXPECT_EQ(count("to a.example"), 2) << answers;
      EXPECT_EQ(count("to b.example"), 0) << answers;
      EXPECT_EQ(count("to c.example"), 1) << answers;
      EXPECT_EQ(count("error(ERR_TLS_CERT_ALTNAME_INVALID)"), 2) << answers;
      agent->destroy();
    }
  }
}

// A resumed session is not verified against the name.
TEST_F(AgentPeerTest, ANewTlsConnectionDoesNotResumeTheSessionOfAnotherName) {
  serve_securely();
  const auto agent = secure_agent({});
  EXPECT_EQ(one_after_the_other(agent, {"a.example", "b.example", "a.example"}),
            "to a.example error(ERR_TLS_CERT_ALTNAME_INVALID) to a.example");
}

TEST_F(AgentPeerTest, ThePortInAHostLineIsNoPartOfTheNameToVerify) {
  serve_securely();
  const auto agent = secure_agent({.keep_alive = true});
  EXPECT_EQ(one_after_the_other(agent, {"a.example", "a.example:99"}),
            "to a.example to a.example:99");
  EXPECT_EQ(asked_for.size(), 1u);
  agent->destroy();
}

// The same address answers for every name, and none is verified.
TEST_F(AgentPeerTest, AConnectionInTheClearIsSharedByAllNames) {
  serve();
  const auto agent = Agent::make(loop, {.keep_alive = true});
  EXPECT_EQ(one_after_the_other(agent, {"a.example", "b.example"}), "to a.example to b.example");
  EXPECT_EQ(connections, 1);
  agent->destroy();
}

TEST_F(AgentPeerTest, EveryOtherPartOfThePeerHasAConnectionOfItsOwn) {
  serve();
  const Change changes[] = {
      [](RequestOptions& options) { options.local_address = "127.0.0.5"; },
      [](RequestOptions& options) { options.family = net::Family::ipv4; },
      [](RequestOptions& options) {
        options.host = "other.example";
        options.lookup = [](std::string, net::Family, net::LookupDone done) {
          done({}, {{"127.0.0.1", net::Family::ipv4, 0}});
        };
      },
  };
  for (const bool connects_itself : {false, true}) {
    for (const Change change : changes) {
      connections = 0;
      AgentOptions options{.keep_alive = true};
      if (connects_itself)
        options.connect = [](Loop& on, net::ConnectOptions to, const std::string&) {
          return Ref<net::Connection>(net::connect(on, std::move(to)));
        };
      const auto agent = Agent::make(loop, std::move(options));
      for (const bool is_changed : {false, true, false, true}) {
        RequestOptions request = to_server(agent, "x");
        if (is_changed) change(request);
        get(std::move(request));
        run_until_closed(closed + 1);
      }
      EXPECT_EQ(log.take(), "to x to x to x to x");
      EXPECT_EQ(connections, 2);
      EXPECT_EQ(agent->free_sockets(), 2u);
      agent->destroy();
    }
  }
}

}  // namespace
}  // namespace weir
