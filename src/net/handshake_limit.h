// Limits the duration of a TLS handshake.
#pragma once

#include <weir/loop/loop.h>
#include <weir/net/tls_socket.h>

#include <chrono>

namespace weir::tls {

// Destroys the socket with ERR_TLS_HANDSHAKE_TIMEOUT if its handshake takes longer than `limit`
// from the transport's connection on. 0: unlimited.
void limit_handshake(Loop& loop, Socket& socket, std::chrono::milliseconds limit);

}  // namespace weir::tls
