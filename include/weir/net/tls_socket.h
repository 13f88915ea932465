// weir/net/tls_socket.h - TLS over a connection: what is written to it is encrypted on the way.
//
//   auto socket = weir::tls::connect(loop, {.port = 443, .host = "example.org"});
//   socket->on<weir::tls::SecureConnect>([&] { socket->write("GET / HTTP/1.0\r\n\r\n"); });
//   socket->on<weir::Data>([](const weir::Data& data) { ... });
//   socket->on<weir::Error>([](const weir::Error& error) { ... });     // whom not to trust, too
//
// Events: SecureConnect, SessionEvent, then a Connection's.
//
// It is a Duplex of plaintext. What is written before the handshake waits for it; nothing is sent
// to a server before its certificate was verified. What nobody reads is not decrypted, and then not
// read from the connection below; what that does not take is not encrypted. end() says TLS's
// close_notify before the connection is ended; the other side's is End here. A connection that ends
// without one may have been cut off by anybody on the way: that is an Error, unless
// ignore_unexpected_eof. As a net::Socket it keeps itself alive until it is closed.
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

// The handshake is over and the other side is who it should be, or need not be. Node:
// 'secureConnect', which sockets of a server emit here, too.
struct SecureConnect {
  static constexpr std::string_view kEventName = "secureConnect";
};

// The server has granted a session: given to a later connection to it as the option `session`, it
// makes for a shorter handshake. May come many times. Node: 'session'.
struct SessionEvent {
  static constexpr std::string_view kEventName = "session";
  const Buffer& session;
};

// Answers with the context for a host; none: the server's own. An error ends the connection.
using SniAnswer = Function<void(Error error, Ref<SecureContext> context)>;
// CALLS BACK: the answer, once; at once or later.
using SniCallback = Function<void(std::string_view servername, SniAnswer answer)>;
// Chooses among the protocols that a client offers; nothing: refuses it.
// ERRORS: what it throws, or a protocol that was not offered, ends the connection.
using AlpnCallback = Function<std::optional<std::string>(std::string_view servername,
                                                         const std::vector<std::string>& offered)>;
// Whether a certificate that is trusted is the host's; an error: no.
using CheckServerIdentity = Function<Error(std::string_view host, const Certificate& certificate)>;

// Node's options of the same names; `host` is whom a client wants to speak to.
struct SocketOptions {
  std::optional<std::int64_t> high_water_mark = {};
  std::stop_token signal = {};
  bool allow_half_open = false;

  bool is_server = false;
  std::string host = {};                   // of a client: empty: "localhost"
  Ref<SecureContext> secure_context = {};  // none: one without options
  std::vector<std::string> alpn_protocols = {};
  std::string servername = {};  // of a client: to ask for and to verify, in place of the host
  bool reject_unauthorized = true;
  // Of a client, in place of tls::check_server_identity.
  CheckServerIdentity check_server_identity = {};
  Buffer session = {};  // of a client
  // An end that the other side did not say (see is_unexpected_eof) is End, as in Node.
  bool ignore_unexpected_eof = false;

  // Of a server.
  AlpnCallback alpn_callback = {};  // in place of alpn_protocols
  SniCallback sni_callback = {};
  bool request_cert = false;
};

struct CipherInfo {
  std::string name;           // OpenSSL's: "ECDHE-RSA-AES256-GCM-SHA384"
  std::string standard_name;  // "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
  std::string version;        // from which on there is such a cipher
};

class Socket final : public DerivedStream<Socket, net::Connection, SecureConnect, SessionEvent> {
 public:
  // Shakes hands over `transport`, which need not be connected yet, from the next tick on. The
  // transport is this socket's from now on: it is closed with it. Let it allow to be half open, or
  // what is still to be said after the other side has ended cannot be.
  // REQUIRES: nobody reads the transport.
  // CALLS BACK: SecureConnect, or Error: a certificate that is not trusted (see tls_errors.h),
  // ERR_TLS_CERT_ALTNAME_INVALID, what the other side does wrong (ERR_SSL_...), ECONNRESET where
  // it goes before the handshake is over, ERR_SSL_UNEXPECTED_EOF_WHILE_READING where it goes later
  // without a word, and the transport's. ERRORS: throws ERR_OUT_OF_RANGE
  // for a protocol without a name. Node counterparts: new tls.TLSSocket, tls.connect({socket}).
  static Ref<Socket> make(Ref<net::Connection> transport, SocketOptions options = {});

  // --- What the handshake has settled; empty before, and where there is none. ---

  bool secure_connecting() const noexcept;  // until SecureConnect
  // The other side has a certificate that is trusted and its own.
  bool authorized() const noexcept { return authorized_; }
  // Why it is not; of servers only where they request a certificate.
  const Error& authorization_error() const noexcept { return authorization_error_; }
  std::string_view alpn_protocol() const noexcept;
  // What the client asked for.
  std::string_view servername() const noexcept;
  std::string_view protocol() const noexcept;  // "TLSv1.3"
  std::optional<CipherInfo> cipher() const;
  std::optional<Certificate> peer_certificate() const;
  bool session_reused() const noexcept;  // then no certificate was checked against the host

  // --- A Connection's. The bytes counted are those of the plaintext. ---

  bool encrypted() const noexcept override { return true; }
  Socket& set_timeout(std::chrono::milliseconds idle, Callback timed_out = {}) override;
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

 private:
  friend class Channel;

  Socket(std::unique_ptr<Channel> owner, Channel& channel, TickQueue& ticks, SocketOptions options);

  // From the channel.
  void on_handshake_done();
  void on_context_wanted();
  void on_closed(bool had_error);

  Error check_peer();

  Channel& channel_;
  SocketOptions options_;
  bool authorized_ = false;
  Error authorization_error_;
};

}  // namespace weir::tls
