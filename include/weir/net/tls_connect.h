// weir/net/tls_connect.h - connects to a TLS server, and verifies its certificate and name.
//
//   auto socket = weir::tls::connect(loop, {.port = 443, .host = "example.org"}, [&] {
//     socket->write("GET / HTTP/1.0\r\nHost: example.org\r\n\r\n");
//   });
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/loop/loop.h>
#include <weir/net/address.h>
#include <weir/net/socket.h>
#include <weir/net/tls_context.h>
#include <weir/net/tls_socket.h>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace weir::tls {

// Node's options of the same names. Each default is Node's, with three exceptions: the high-water
// mark is the loop's, the client sends the host's name (SNI), as Node's https does, and the
// handshake has a time limit.
struct ConnectOptions {
  std::optional<std::int64_t> high_water_mark = {};
  std::stop_token signal = {};
  std::chrono::milliseconds timeout = {};
  bool allow_half_open = false;
  bool no_delay = false;
  bool keep_alive = false;
  std::chrono::seconds keep_alive_initial_delay = {};

  // The server, as in net::ConnectOptions.
  std::optional<std::int64_t> port = {};
  std::string host = "localhost";
  std::string path = {};
  net::Family family = net::Family::any;
  std::string local_address = {};
  std::int64_t local_port = 0;
  bool auto_select_family = true;
  std::chrono::milliseconds auto_select_family_attempt_timeout{500};
  net::LookupFunction lookup = {};

  // The TLS settings, as in SocketOptions.
  Ref<SecureContext> secure_context = {};  // none: one of these options
  SecureContextOptions context = {};
  std::vector<std::string> alpn_protocols = {};
  std::string servername = {};  // empty: the host, unless that is an address
  bool reject_unauthorized = true;
  CheckServerIdentity check_server_identity = {};
  Buffer session = {};
  bool ignore_unexpected_eof = false;
  // The time from Connect to SecureConnect; then ERR_TLS_HANDSHAKE_TIMEOUT. 0: no limit, as in
  // Node.
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds(120);
};

// Connects and makes the handshake; `secured` is added as a listener of SecureConnect.
// CALLS BACK: as net::connect and Socket::make.
// ERRORS: throws the errors of net::connect, SecureContext and Socket::make.
// Node counterpart: tls.connect.
Ref<Socket> connect(Loop& loop, ConnectOptions options, Function<void()> secured = {});

}  // namespace weir::tls
