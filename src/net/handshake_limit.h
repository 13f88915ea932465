// A limit of the time that a TLS handshake takes.
#pragma once

#include <weir/loop/loop.h>
#include <weir/net/tls_socket.h>

#include <chrono>

namespace weir::tls {

// Destroys the socket with ERR_TLS_HANDSHAKE_TIMEOUT where its handshake is not over `limit` after
// the connection below is there. 0: never.
void limit_handshake(Loop& loop, Socket& socket, std::chrono::milliseconds limit);

}  // namespace weir::tls
