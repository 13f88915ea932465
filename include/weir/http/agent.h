// weir/http/agent.h - the connections that requests share.
//
//   auto agent = weir::http::Agent::make(loop, {.keep_alive = true, .max_sockets = 4});
//   weir::http::get(loop, "http://127.0.0.1:8080/", {.agent = agent}, ...);
//
// A connection whose answer was read waits for the next request to the same peer; a request that
// would be one connection too many waits for another to be over, first come, first served. A
// connection that waits does not keep the loop running. It is closed when it says anything, when
// the server closes it, after the timeout, and with the last Ref to the agent.
//
// The peer is the host, port, address family, local address and unix socket of the request; for an
// agent with a `connect` function, as every one for "https:" has, also the name in the request's
// Host line, which `connect` may verify. TLS options are the agent's, and the `lookup` function is
// no part of the peer: requests that may not share connections use agents of their own.
// Node counterpart: http.Agent.
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

// Makes a connection, which may still be connecting. `server_name` is whom the request's Host line
// names, empty for an address. Node: createConnection.
using ConnectFunction = Function<Ref<net::Connection>(Loop& loop, net::ConnectOptions options,
                                                      std::string server_name)>;

// Which of several free connections is used: the last that became free, or the first.
enum class Scheduling : std::uint8_t { lifo, fifo };

// Node's options. Each default is Node's.
struct AgentOptions {
  std::chrono::milliseconds timeout{0};  // of connections, in use and free; 0: none
  bool no_delay = true;
  bool keep_alive = false;                           // keep connections for further requests
  std::chrono::seconds keep_alive_initial_delay{1};  // TCP's probes. Node: keepAliveMsecs

  std::optional<std::size_t> max_sockets = {};        // to one peer; nothing: any number
  std::optional<std::size_t> max_total_sockets = {};  // at least 1
  std::size_t max_free_sockets = 256;                 // to one peer
  Scheduling scheduling = Scheduling::lifo;
  // A free connection is closed so long before the server said that it would close it.
  // Node: agentKeepAliveTimeoutBuffer.
  std::chrono::milliseconds keep_alive_timeout_buffer{1'000};

  // What the requests' URLs have to begin with, and the port where none is given.
  std::string protocol = "http:";
  std::int64_t default_port = 80;
  ConnectFunction connect = {};  // none: net::connect
};

class Agent final : public RefCounted {
 public:
  // ERRORS: throws ERR_OUT_OF_RANGE for a max_total_sockets of 0.
  static Ref<Agent> make(Loop& loop, AgentOptions options = {});

  // Destroys all its connections, those in use as well. Node counterpart: destroy.
  void destroy();

  bool keep_alive() const noexcept;
  const std::string& protocol() const noexcept;
  std::int64_t default_port() const noexcept;

  // How many there are to all peers: in use, free, and requests that wait.
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

// How an agent for "https:" trusts.
struct HttpsOptions {
  Ref<tls::SecureContext> secure_context = {};  // none: one that trusts who the system trusts
  bool reject_unauthorized = true;
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds(120);  // as tls::connect's
  // TLS sessions that are kept, one a peer, for shorter handshakes. 0: none.
  std::size_t max_cached_sessions = 100;
};

// An agent whose connections are TLS: `options` but for protocol, default_port and connect.
// ERRORS: as Agent::make. Node counterpart: https.Agent.
Ref<Agent> make_https_agent(Loop& loop, AgentOptions options = {}, HttpsOptions https = {});

// The ones that requests on the loop use which name none: they keep connections alive, for 5 s or
// as long as the server says. They go with the loop.
// Node counterparts: http.globalAgent, https.globalAgent.
Ref<Agent> global_agent(Loop& loop);
Ref<Agent> global_https_agent(Loop& loop);

}  // namespace weir::http
