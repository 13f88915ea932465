// The format of TLS sessions for programs: together with the verified host. A resumed connection
// verifies no name, so a session is valid for that host alone.
#pragma once

#include <weir/base/buffer.h>
#include <weir/net/tls_socket.h>

#include <string_view>

namespace weir::tls {

// The host that a client verifies. Node: getSessionServerIdentity.
std::string_view verified_host(const SocketOptions& options) noexcept;

// Node: wrapSessionState.
Buffer pack_session(std::string_view host, const Buffer& session);
bool is_packed(const Buffer& session) noexcept;

// OpenSSL's part of options.session. Empty for a session of another host, and for one without a
// verified host if the options require verification. Node: getSessionForReuse.
Buffer usable_session(const SocketOptions& options);

}  // namespace weir::tls
