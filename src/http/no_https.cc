// In place of https_agent.cc and https_server.cc where weir is built without TLS.
#include <weir/http/agent.h>
#include <weir/http/server.h>
#include <weir/net/tls_errors.h>

namespace weir::http {

Ref<Agent> make_https_agent(Loop& /*loop*/, AgentOptions /*options*/, HttpsOptions /*https*/) {
  throw Error(tls::Errc::no_crypto);
}

Ref<Agent> global_https_agent(Loop& /*loop*/) { throw Error(tls::Errc::no_crypto); }

Ref<Server> Server::make_secure(Loop& /*loop*/, tls::ServerOptions /*secure*/,
                                const ServerOptions& /*options*/) {
  throw Error(tls::Errc::no_crypto);
}

}  // namespace weir::http
