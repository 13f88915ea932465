#include <weir/net/tls_connect.h>

#include <utility>

namespace weir::tls {

Ref<Socket> connect(Loop& loop, ConnectOptions options, Function<void()> secured) {
  SocketOptions socket_options{.secure_context = options.secure_context
                                                     ? std::move(options.secure_context)
                                                     : create_secure_context(options.context),
                               .alpn_protocols = std::move(options.alpn_protocols),
                               .reject_unauthorized = options.reject_unauthorized,
                               .allow_half_open = options.allow_half_open,
                               .ignore_unexpected_eof = options.ignore_unexpected_eof,
                               .high_water_mark = options.high_water_mark,
                               .signal = options.signal,
                               .host = options.host,
                               .servername = std::move(options.servername),
                               .session = std::move(options.session),
                               .check_server_identity = std::move(options.check_server_identity)};
  // Half open, so that what is left to say can be said when the other side has ended.
  Ref<net::Socket> transport = net::connect(
      loop, {.port = options.port,
             .host = std::move(options.host),
             .path = std::move(options.path),
             .family = options.family,
             .local_address = std::move(options.local_address),
             .local_port = options.local_port,
             .auto_select_family = options.auto_select_family,
             .auto_select_family_attempt_timeout = options.auto_select_family_attempt_timeout,
             .timeout = options.timeout,
             .lookup = std::move(options.lookup),
             .socket = {.allow_half_open = true}});
  Ref<Socket> socket = Socket::make(std::move(transport), std::move(socket_options));
  if (secured) socket->once<SecureConnect>(std::move(secured));
  return socket;
}

}  // namespace weir::tls
