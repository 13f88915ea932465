#include <weir/http/agent.h>

#include "http/connection_pool.h"
#include "http/peer_key.h"
#include "http/session_cache.h"
#include "loop/loop_local.h"
#include <weir/base/error.h>
#include <weir/net/tls_connect.h>

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

using std::chrono::milliseconds;

AgentOptions global_options() { return {.timeout = milliseconds(5000), .keep_alive = true}; }

struct GlobalAgent final : internal::LoopLocal {
  explicit GlobalAgent(Loop& loop) : agent(Agent::make(loop, global_options())) {}
  Ref<Agent> agent;
};
struct GlobalHttpsAgent final : internal::LoopLocal {
  explicit GlobalHttpsAgent(Loop& loop) : agent(make_https_agent(loop, global_options())) {}
  Ref<Agent> agent;
};

// The peer whose certificate was verified when it granted a session: a resumed handshake does not
// verify the name again.
PeerKey peer_of(const net::ConnectOptions& options, std::string_view server_name) {
  return {.host = options.host,
          .port = options.port.value_or(0),
          .local_address = options.local_address,
          .family = options.family,
          .socket_path = options.path,
          .server_name = std::string(server_name)};
}

// Node: createConnection of https.
Ref<net::Connection> connect_securely(Loop& loop, net::ConnectOptions options,
                                      std::string server_name, const HttpsOptions& https,
                                      const Ref<SessionCache>& sessions) {
  const PeerKey peer = peer_of(options, server_name);
  tls::ConnectOptions secure;
  secure.session = sessions->find(peer);
  secure.port = options.port;
  secure.host = std::move(options.host);
  secure.path = std::move(options.path);
  secure.family = options.family;
  secure.local_address = std::move(options.local_address);
  secure.local_port = options.local_port;
  secure.lookup = std::move(options.lookup);
  secure.timeout = options.timeout;
  secure.secure_context = https.secure_context;
  secure.servername = std::move(server_name);
  secure.reject_unauthorized = https.reject_unauthorized;
  secure.handshake_timeout = https.handshake_timeout;
  const Ref<tls::Socket> socket = tls::connect(loop, std::move(secure));
  socket->set_no_delay(options.socket.no_delay);
  if (options.socket.keep_alive)
    socket->set_keep_alive(true, options.socket.keep_alive_initial_delay);
  socket->on<tls::SessionEvent>(
      [sessions, peer](const tls::SessionEvent& event) { sessions->keep(peer, event.session); });
  socket->once<Close>([sessions, peer](const Close& close) {
    if (close.had_error) sessions->drop(peer);
  });
  return socket;
}

}  // namespace

Ref<Agent> Agent::make(Loop& loop, AgentOptions options) {
  if (options.max_total_sockets == 0u) throw out_of_range("maxTotalSockets", ">= 1", "0");
  return Ref<Agent>::adopt(new Agent(loop, std::move(options)));
}

Agent::Agent(Loop& loop, AgentOptions options)
    : pool_(make_owned<ConnectionPool>(loop, std::move(options))) {}

Agent::~Agent() = default;

void Agent::destroy() { pool_->destroy_all(); }

bool Agent::keep_alive() const noexcept { return pool_->options().keep_alive; }
const std::string& Agent::protocol() const noexcept { return pool_->options().protocol; }
std::int64_t Agent::default_port() const noexcept { return pool_->options().default_port; }

std::size_t Agent::sockets() const noexcept { return pool_->in_use(); }
std::size_t Agent::free_sockets() const noexcept { return pool_->free(); }
std::size_t Agent::requests() const noexcept { return pool_->waiting(); }

Ref<Agent> make_https_agent(Loop& loop, AgentOptions options, HttpsOptions https) {
  // Created once per agent: loading the system's CA certificates is slow.
  if (!https.secure_context)
    https.secure_context = make_ref<tls::SecureContext>(tls::SecureContextOptions());
  auto sessions = make_ref<SessionCache>(https.max_cached_sessions);
  options.protocol = "https:";
  options.default_port = 443;
  options.connect = [https = std::move(https), sessions = std::move(sessions)](
                        Loop& on, net::ConnectOptions to, std::string server_name) {
    return connect_securely(on, std::move(to), std::move(server_name), https, sessions);
  };
  return Agent::make(loop, std::move(options));
}

Ref<Agent> global_https_agent(Loop& loop) {
  return internal::loop_local<GlobalHttpsAgent>(loop).agent;
}

Ref<Agent> global_agent(Loop& loop) { return internal::loop_local<GlobalAgent>(loop).agent; }

}  // namespace weir::http
