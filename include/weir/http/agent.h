// weir/http/agent.h - Agent: the pool of connections that requests share. Node's http.Agent.
//
//   auto agent = weir::http::Agent::make(loop, {.keep_alive = true, .max_sockets = 4});
//   weir::http::get(loop, "http://127.0.0.1:8080/", {.agent = agent}, ...);
//
// - A connection whose response has been read is reused by the next request to the same server.
//   Requests above the limits wait, first come, first served.
// - A free connection does not keep the loop running. It is closed when data arrives on it, when
//   the server closes it, after the timeout, and with the last Ref to the agent.
// - Two requests are to the same server if they have the same host, port, address family, local
//   address and unix socket. With a `connect` function, as in every agent for "https:", they also
//   have the same name in the Host header, which `connect` may verify.
// - TLS options belong to the agent, and the `lookup` function is not compared. Requests that must
//   not share connections use different agents.
#pragma once

#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/base/owned.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/net/connection.h>
#include <weir/net/socket.h>
#include <weir/net/tls_context.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace weir::http {

class ClientExchange;
class ConnectionPool;

// Makes a connection, which may still be connecting. `server_name` is the name in the request's
// Host header, empty for an address.
// Node: createConnection.
using ConnectFunction = Function<Ref<net::Connection>(Loop& loop, net::ConnectOptions options,
                                                      std::string server_name)>;

// The free connection to reuse: the last one that became free, or the first.
enum class Scheduling : std::uint8_t { lifo, fifo };

// Node's options. Each default is Node's.
struct AgentOptions {
  std::chrono::milliseconds timeout{0};  // of connections, used and free; 0: none
  bool no_delay = true;
  bool keep_alive = false;                           // keep connections for later requests
  std::chrono::seconds keep_alive_initial_delay{1};  // of TCP keep-alive. Node: keepAliveMsecs

  std::optional<std::size_t> max_sockets = {};        // to one server; empty: no limit
  std::optional<std::size_t> max_total_sockets = {};  // at least 1
  std::size_t max_free_sockets = 256;                 // to one server
  Scheduling scheduling = Scheduling::lifo;
  // Close a free connection this long before the server's announced timeout.
  // Node: agentKeepAliveTimeoutBuffer.
  std::chrono::milliseconds keep_alive_timeout_buffer{1'000};

  // The scheme of the requests' URLs, which gives the default port.
  std::string protocol = "http:";
  std::int64_t default_port = 80;
  ConnectFunction connect = {};  // empty: net::connect
};

class Agent final : public RefCounted {
 public:
  // ERRORS: throws ERR_OUT_OF_RANGE for a max_total_sockets of 0.
  static Ref<Agent> make(Loop& loop, AgentOptions options = {});

  // Destroys all connections of the agent. Node counterpart: destroy.
  void destroy();

  bool keep_alive() const noexcept;
  const std::string& protocol() const noexcept;
  std::int64_t default_port() const noexcept;

  // The number of used connections, free connections, and waiting requests, to all servers.
  // Node: sockets, freeSockets, requests.
  std::size_t sockets() const noexcept;
  std::size_t free_sockets() const noexcept;
  std::size_t requests() const noexcept;

 private:
  friend class ClientExchange;
  friend class ClientRequest;

  Agent(Loop& loop, AgentOptions options);
  ~Agent() override;

  Owned<ConnectionPool> pool_;
};

// The TLS options of an agent for "https:".
struct HttpsOptions {
  Ref<tls::SecureContext> secure_context = {};  // null: trust the system's CAs
  bool reject_unauthorized = true;
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds(120);  // see tls_connect.h
  // The number of cached TLS sessions, one for each server, which shorten handshakes. 0: none.
  std::size_t max_cached_sessions = 100;
};

// An agent for TLS connections. It ignores protocol, default_port and connect of `options`.
// ERRORS: as Agent::make; throws ERR_NO_CRYPTO where weir was built without TLS.
// Node counterpart: https.Agent.
Ref<Agent> make_https_agent(Loop& loop, AgentOptions options = {}, HttpsOptions https = {});

// The agents of requests on this loop that name none. They keep connections alive for 5 s, or for
// the server's announced time, and are destroyed with the loop.
// ERRORS: global_https_agent throws ERR_NO_CRYPTO where weir was built without TLS.
// Node counterparts: http.globalAgent, https.globalAgent.
Ref<Agent> global_agent(Loop& loop);
Ref<Agent> global_https_agent(Loop& loop);

}  // namespace weir::http
