// The bytes of a TLS session as programs keep them: with the host that was verified. A resumed
// connection verifies nothing, so a session is for that host alone.
#pragma once

#include <weir/base/buffer.h>
#include <weir/net/tls_socket.h>

#include <string_view>

namespace weir::tls {

// Whom a client verifies. Node: getSessionServerIdentity.
std::string_view verified_host(const SocketOptions& options) noexcept;

// Node: wrapSessionState.
Buffer pack_session(std::string_view host, const Buffer& session);
bool is_packed(const Buffer& session) noexcept;

// OpenSSL's bytes of options.session. Empty where they are another host's, or of nobody that was
// verified while the options ask for that. Node: getSessionForReuse.
Buffer usable_session(const SocketOptions& options);

}  // namespace weir::tls
