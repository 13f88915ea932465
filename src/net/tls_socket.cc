#include <weir/net/tls_socket.h>

#include "net/tls_channel.h"
#include "net/tls_error.h"
#include "net/tls_session.h"
#include <weir/net/address.h>
#include <weir/stream/make_stream.h>

#include <utility>

#include <fmt/format.h>
#include <openssl/ssl.h>

namespace weir::tls {
namespace {

DuplexOptions duplex_options(const SocketOptions& options) {
  return {.high_water_mark = options.high_water_mark, .allow_half_open = options.allow_half_open};
}

// RFC 6066: the server name is never an address.
std::string name_to_ask_for(const SocketOptions& options) {
  const std::string& name = options.servername.empty() ? options.host : options.servername;
  return net::is_ip(name) ? std::string() : name;
}

Engine::Settings engine_settings(SocketOptions& options) {
  Engine::Settings settings{
      .role = options.is_server ? Engine::Role::server : Engine::Role::client,
      .context = options.secure_context ? options.secure_context : create_secure_context(),
      .alpn_protocols = options.alpn_protocols,
      .session = options.is_server ? Buffer() : usable_session(options)};
  if (options.is_server) {
    settings.choose_protocol = std::move(options.alpn_callback);
    settings.chooses_context = static_cast<bool>(options.sni_callback);
    settings.request_cert = options.request_cert;
    settings.require_cert = options.reject_unauthorized;
  } else {
    settings.servername = name_to_ask_for(options);
  }
  return settings;
}

}  // namespace

Ref<Socket> Socket::make(Ref<net::Connection> transport, SocketOptions options) {
  TickQueue& ticks = transport->ticks();
  auto channel =
      std::make_unique<Channel>(std::move(transport), engine_settings(options),
                                options.ignore_unexpected_eof ? Channel::UnexpectedEof::is_end
                                                              : Channel::UnexpectedEof::is_error);
  Channel& kept = *channel;
  const std::stop_token signal = options.signal;
  auto socket = internal::make_stream<Socket>(ticks, std::move(channel),
                                              {.core = {.emit_close = false, .closes_later = true}},
                                              std::move(options));
  kept.start(*socket);
  socket->begin(false, signal);
  return socket;
}

Socket::Socket(Channel& channel, SocketOptions options)
    : DerivedStream(channel,
                    {.write = true,
                     .writev = true,
                     .final = true,
                     .delivery = Delivery::until_tick,
                     .merges = true},
                    duplex_options(options)),
      channel_(channel),
      options_(std::move(options)) {}

// --- From the channel ---

void Socket::on_handshake_done() {
  Error error = check_peer();
  const bool is_rejected = error && options_.reject_unauthorized;
  authorization_error_ = error;
  // As in Node, a client reports the error, and a server only closes the connection.
  if (is_rejected) {
    destroy(options_.is_server ? Error() : std::move(error));
    return;
  }
  emit(SecureConnect{});
}

// Node's onConnectSecure and onServerSocketSecure.
Error Socket::check_peer() {
  if (options_.is_server && !options_.request_cert) return {};
  Error error = channel_.engine().verified();
  if (!error && !options_.is_server && !session_reused()) {
    const std::string_view host = verified_host(options_);
    const Certificate certificate = peer_certificate().value_or(Certificate());
    error = options_.check_server_identity ? options_.check_server_identity(host, certificate)
                                           : check_server_identity(host, certificate);
  }
  authorized_ = !error;
  return error;
}

void Socket::on_context_wanted() {
  options_.sni_callback(channel_.engine().servername(),
                        [self = Ref<Socket>(this)](Error error, Ref<SecureContext> context) {
                          if (error) return static_cast<void>(self->destroy(std::move(error)));
                          self->channel_.use_context(std::move(context));
                        });
}

// --- Results of the handshake ---

bool Socket::secure_connecting() const noexcept {
  return channel_.engine().state() != Engine::State::open;
}

std::string_view Socket::alpn_protocol() const noexcept {
  return channel_.engine().alpn_protocol();
}
std::string_view Socket::servername() const noexcept { return channel_.engine().servername(); }

std::string_view Socket::protocol() const noexcept {
  return secure_connecting() ? std::string_view() : channel_.engine().protocol();
}

std::optional<CipherInfo> Socket::cipher() const {
  const SSL_CIPHER* const cipher = channel_.engine().cipher();
  if (!cipher) return std::nullopt;
  const char* const standard_name = SSL_CIPHER_standard_name(cipher);
  return CipherInfo{SSL_CIPHER_get_name(cipher), standard_name ? standard_name : "",
                    SSL_CIPHER_get_version(cipher)};
}

std::optional<Certificate> Socket::peer_certificate() const {
  return channel_.engine().peer_certificate();
}
bool Socket::session_reused() const noexcept { return channel_.engine().session_reused(); }

// --- Of Connection ---

Socket& Socket::set_timeout(std::chrono::milliseconds idle, Callback timed_out) {
  channel_.transport().set_timeout(idle);
  if (timed_out && idle.count() > 0 && !destroyed())
    once<net::Timeout>([timed_out = std::move(timed_out)]() mutable { timed_out(); });
  return *this;
}
std::chrono::milliseconds Socket::timeout() const noexcept {
  return channel_.transport().timeout();
}
Socket& Socket::set_stall_timeout(std::chrono::milliseconds limit) {
  channel_.transport().set_stall_timeout(limit);
  return *this;
}
Socket& Socket::set_no_delay(bool no_delay) {
  channel_.transport().set_no_delay(no_delay);
  return *this;
}
Socket& Socket::set_keep_alive(bool enable, std::chrono::seconds initial_delay,
                               std::chrono::seconds interval, int count) {
  channel_.transport().set_keep_alive(enable, initial_delay, interval, count);
  return *this;
}
Socket& Socket::ref() {
  channel_.transport().ref();
  return *this;
}
Socket& Socket::unref() {
  channel_.transport().unref();
  return *this;
}
Socket& Socket::reset_and_destroy() {
  channel_.reset_on_close();
  return destroy();
}
std::string Socket::describe() const {
  return fmt::format("tls::Socket over {}", channel_.transport().describe());
}

bool Socket::connecting() const noexcept { return channel_.transport().connecting(); }
bool Socket::pending() const noexcept { return channel_.transport().pending(); }
std::optional<net::Address> Socket::local_address() const {
  return channel_.transport().local_address();
}
std::optional<net::Address> Socket::remote_address() const {
  return channel_.transport().remote_address();
}
std::uint64_t Socket::bytes_read() const noexcept { return channel_.bytes_read(); }
std::uint64_t Socket::bytes_written() const noexcept {
  return channel_.bytes_written() + writable_length();
}
std::uint64_t Socket::bytes_acknowledged() const noexcept {
  return channel_.transport().bytes_acknowledged();
}

}  // namespace weir::tls
