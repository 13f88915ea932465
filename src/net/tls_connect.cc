#include <weir/net/tls_connect.h>

#include "net/handshake_limit.h"

#include <utility>

namespace weir::tls {

Ref<Socket> connect(Loop& loop, ConnectOptions options, Function<void()> secured) {
  SocketOptions socket_options{.high_water_mark = options.high_water_mark,
                               .signal = options.signal,
                               .allow_half_open = options.allow_half_open,
                               .host = options.host,
                               .secure_context = options.secure_context
                                                     ? std::move(options.secure_context)
                                                     : create_secure_context(options.context),
                               .alpn_protocols = std::move(options.alpn_protocols),
                               .servername = std::move(options.servername),
                               .reject_unauthorized = options.reject_unauthorized,
                               .check_server_identity = std::move(options.check_server_identity),
                               .session = std::move(options.session),
                               .ignore_unexpected_eof = options.ignore_unexpected_eof};
  // Half-open, so that a close_notify can be sent after the peer's end.
  Ref<net::Socket> transport = net::connect(
      loop, {.timeout = options.timeout,
             .port = options.port,
             .host = std::move(options.host),
             .path = std::move(options.path),
             .family = options.family,
             .local_address = std::move(options.local_address),
             .local_port = options.local_port,
             .auto_select_family = options.auto_select_family,
             .auto_select_family_attempt_timeout = options.auto_select_family_attempt_timeout,
             .lookup = std::move(options.lookup),
             .socket = {.allow_half_open = true,
                        .no_delay = options.no_delay,
                        .keep_alive = options.keep_alive,
                        .keep_alive_initial_delay = options.keep_alive_initial_delay}});
  Ref<Socket> socket = Socket::make(std::move(transport), std::move(socket_options));
  limit_handshake(loop, *socket, options.handshake_timeout);
  if (secured) socket->once<SecureConnect>(std::move(secured));
  return socket;
}

}  // namespace weir::tls
