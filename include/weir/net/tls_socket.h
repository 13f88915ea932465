// weir/net/tls_socket.h - a TLS connection as a Duplex stream of plaintext: Node's tls.TLSSocket.
//
//   auto socket = weir::tls::connect(loop, {.port = 443, .host = "example.org"});
//   socket->on<weir::tls::SecureConnect>([&] { socket->write("GET / HTTP/1.0\r\n\r\n"); });
//   socket->on<weir::Data>([](const weir::Data& data) { ... });
//   socket->on<weir::Error>([](const weir::Error& error) { ... });     // also: not trusted
//
// - Writes before the end of the handshake are queued. A client sends no data before it has
//   verified the server's certificate.
// - Backpressure reaches the transport: without a reader nothing is decrypted or received, and
//   nothing is encrypted that the transport does not accept.
// - end() sends TLS's close_notify before it ends the transport. The peer's close_notify is End. A
//   transport that ends without it may have been cut off by an attacker: that is an Error, unless
//   ignore_unexpected_eof.
// - Like a net::Socket, it keeps itself alive until it is closed.
// - Events: SecureConnect, SessionEvent, then a Connection's.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/durations.h>
#include <weir/base/function.h>
#include <weir/net/connection.h>
#include <weir/net/socket.h>
#include <weir/net/tls_certificate.h>
#include <weir/net/tls_context.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace weir::tls {

class Channel;

// The handshake has succeeded, and the peer is verified or need not be. Sockets of a server emit it
// too.
// Node: 'secureConnect'.
struct SecureConnect {
  static constexpr std::string_view kEventName = "secureConnect";
};

// The server has issued a session. A later connection to the same server with the option `session`
// has a shorter handshake. May be emitted several times.
// Node: 'session'.
struct SessionEvent {
  static constexpr std::string_view kEventName = "session";
  const Buffer& session;
};

// Takes the context for a host name; null: the server's own. An error ends the connection.
using SniAnswer = Function<void(Error error, Ref<SecureContext> context)>;
// CALLS BACK: `answer` once, during the call or later.
using SniCallback = Function<void(std::string_view servername, SniAnswer answer)>;
// Chooses one of the protocols that the client offers; empty: refuse the connection.
// ERRORS: an exception, or a protocol that was not offered, ends the connection.
using AlpnCallback = Function<std::optional<std::string>(std::string_view servername,
                                                         const std::vector<std::string>& offered)>;
// Checks that a trusted certificate belongs to the host; returns an error if not.
using CheckServerIdentity = Function<Error(std::string_view host, const Certificate& certificate)>;

// Node's options of the same names. `host` is the server that a client connects to.
struct SocketOptions {
  std::optional<std::int64_t> high_water_mark = {};
  std::stop_token signal = {};
  bool allow_half_open = false;

  bool is_server = false;
  std::string host = {};                   // of a client; empty: "localhost"
  Ref<SecureContext> secure_context = {};  // null: a context without options
  std::vector<std::string> alpn_protocols = {};
  std::string servername = {};  // of a client: the name to request and to verify instead of `host`
  bool reject_unauthorized = true;
  // Of a client, instead of tls::check_server_identity.
  CheckServerIdentity check_server_identity = {};
  Buffer session = {};  // of a client
  // Treat an end without the peer's close_notify (see is_unexpected_eof) as End, as in Node.
  bool ignore_unexpected_eof = false;

  // Of a server.
  AlpnCallback alpn_callback = {};  // instead of alpn_protocols
  SniCallback sni_callback = {};
  bool request_cert = false;
};

struct CipherInfo {
  std::string name;           // OpenSSL's name: "ECDHE-RSA-AES256-GCM-SHA384"
  std::string standard_name;  // "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
  std::string version;        // the first protocol version with this cipher
};

class Socket : public DerivedStream<Socket, net::Connection, SecureConnect, SessionEvent> {
 public:
  // Makes the handshake over `transport`, which may still be connecting, from the next tick on. The
  // transport then belongs to this socket and is closed with it. Create it with allow_half_open, or
  // this side cannot send more after the peer's end.
  // REQUIRES: the transport has no reader.
  // CALLS BACK: SecureConnect; or Error: an untrusted certificate (see tls_errors.h),
  // ERR_TLS_CERT_ALTNAME_INVALID, a protocol error of the peer (ERR_SSL_...), ECONNRESET if the
  // transport ends during the handshake, ERR_SSL_UNEXPECTED_EOF_WHILE_READING if it ends later
  // without close_notify, and the errors of the transport.
  // ERRORS: throws ERR_OUT_OF_RANGE for an empty protocol name.
  // Node counterparts: new tls.TLSSocket, tls.connect({socket}).
  static Ref<Socket> make(Ref<net::Connection> transport, SocketOptions options = {});

  // --- The result of the handshake; empty before it. ---

  bool secure_connecting() const noexcept;  // until SecureConnect
  // True if the peer has a certificate that is trusted and valid for it.
  bool authorized() const noexcept { return authorized_; }
  // The reason if it is not; on servers only if they request a certificate.
  const Error& authorization_error() const noexcept { return authorization_error_; }
  std::string_view alpn_protocol() const noexcept;
  // The name that the client requested.
  std::string_view servername() const noexcept;
  std::string_view protocol() const noexcept;  // "TLSv1.3"
  std::optional<CipherInfo> cipher() const;
  std::optional<Certificate> peer_certificate() const;
  bool session_reused() const noexcept;  // if true, no certificate was checked against the host

  // --- A Connection's functions. They count plaintext bytes. ---

  bool encrypted() const noexcept override { return true; }
  Socket& set_timeout(std::chrono::milliseconds idle, Callback timed_out = {}) override;
  Socket& set_stall_timeout(std::chrono::milliseconds limit) override;
  std::chrono::milliseconds timeout() const noexcept override;
  Socket& set_no_delay(bool no_delay = true) override;
  Socket& set_keep_alive(bool enable = false, std::chrono::seconds initial_delay = {},
                         std::chrono::seconds interval = {}, int count = 0) override;
  Socket& ref() override;
  Socket& unref() override;
  Socket& reset_and_destroy() override;
  bool connecting() const noexcept override;
  bool pending() const noexcept override;
  std::optional<net::Address> local_address() const override;
  std::optional<net::Address> remote_address() const override;
  std::uint64_t bytes_read() const noexcept override;
  std::uint64_t bytes_written() const noexcept override;
  std::uint64_t bytes_acknowledged() const noexcept override;

  std::string describe() const override;

 protected:
  Socket(Channel& channel, SocketOptions options);

 private:
  friend class Channel;

  // Called by the channel.
  void on_handshake_done();
  void on_context_wanted();

  Error check_peer();

  Channel& channel_;
  SocketOptions options_;
  bool authorized_ = false;
  Error authorization_error_;
};

}  // namespace weir::tls
