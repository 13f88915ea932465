// The parts of Agent that need TLS.
#include "http/global_options.h"
#include "http/peer_key.h"
#include "http/session_cache.h"
#include "loop/loop_local.h"
#include <weir/http/agent.h>
#include <weir/net/tls_connect.h>

#include <string>
#include <string_view>
#include <utility>

namespace weir::http {
namespace {

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

}  // namespace weir::http
