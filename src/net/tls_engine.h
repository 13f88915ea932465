// TLS without a socket: ciphertext goes in and comes out, and so does plaintext.
//
//   state        on                                          becomes
//   handshaking  advance(): a ClientHello that names a host  choosing, where that was asked for
//   choosing     use_context()                               handshaking
//   handshaking  advance(): the last message                 open
//   any          a failure                                   failed: an alert may be left to send
//
// After every call there may be output to send.
#pragma once

#include "net/openssl_ptr.h"
#include "net/tls_wire.h"
#include <weir/base/buffer.h>
#include <weir/base/error.h>
#include <weir/base/function.h>
#include <weir/base/ref.h>
#include <weir/net/tls_certificate.h>
#include <weir/net/tls_context.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

namespace weir::tls {

// Protocols as TLS has them: each behind its length.
// ERRORS: throws ERR_OUT_OF_RANGE for one that has no name, or too long a one.
std::string alpn_wire_format(const std::vector<std::string>& protocols);

class Engine {
 public:
  enum class Role : std::uint8_t { client, server };
  enum class State : std::uint8_t { handshaking, choosing, open, failed };
  using ChooseProtocol = Function<std::optional<std::string>(
      std::string_view servername, const std::vector<std::string>& offered)>;

  struct Settings {
    Role role = Role::client;
    Ref<SecureContext> context;
    std::vector<std::string> alpn_protocols = {};
    // Of a client.
    std::string servername = {};
    Buffer session = {};  // to resume
    // Of a server.
    ChooseProtocol choose_protocol = {};  // in place of the list
    bool chooses_context = false;
    bool request_cert = false;
    bool require_cert = false;
  };

  // ERRORS: throws ERR_OUT_OF_RANGE for a protocol, and OpenSSL's error for a session, that is
  // none.
  explicit Engine(Settings settings);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  State state() const noexcept { return state_; }
  bool is_server() const noexcept { return SSL_is_server(ssl_.get()) == 1; }

  void receive(Buffer ciphertext) { wire_.receive(std::move(ciphertext)); }
  bool has_output() const noexcept { return wire_.has_output(); }
  Buffer take_output() { return wire_.take_output(); }
  // Makes room for what so much plaintext will become.
  void expect_output(std::size_t plaintext);

  // Shakes hands as far as what was received leads.
  // ERRORS: returns why the handshake failed.
  Error advance();
  // None: the one it was made with. REQUIRES: choosing.
  void use_context(Ref<SecureContext> context);

  // Some of what the other side wrote; empty: nothing yet, or nothing more.
  // REQUIRES: open.  ERRORS: returns what is wrong with what was received.
  Error read(Buffer& into);
  bool received_end() const noexcept;  // the other side's close_notify

  // REQUIRES: open, and end was not called.
  Error write(std::span<const std::byte> plaintext);
  // Says close_notify. REQUIRES: open.
  void end();

  // A session that the server has granted since the last call, if any; in OpenSSL's form.
  std::optional<Buffer> take_session();

  // What the handshake has settled. REQUIRES: open.
  Error verified() const;  // what is wrong with the certificate of the other side
  bool session_reused() const noexcept;
  std::optional<Certificate> peer_certificate() const;
  std::string_view alpn_protocol() const noexcept;  // empty: none
  std::string_view protocol() const noexcept;
  const SSL_CIPHER* cipher() const noexcept;

  // The host that the client asked for; empty: none. Of servers from choosing on.
  std::string_view servername() const noexcept;

 private:
  void begin_as_client(const Settings& settings);
  void begin_as_server(const Settings& settings);
  static void choose_protocols_with(SecureContext& context);
  Error outcome(int result);
  int on_certificate_wanted() noexcept;
  int on_protocols_offered(std::span<const unsigned char> offered, const unsigned char** chosen,
                           unsigned char* length);
  std::optional<std::string> chosen_of(const std::vector<std::string>& offered);

  // Whether the handshake stops for a context to be chosen.
  enum class Choice : std::uint8_t { none, due, made };

  Wire wire_;  // goes after what uses it
  Ref<SecureContext> context_;
  OpensslPtr<SSL, &SSL_free> ssl_;
  State state_ = State::handshaking;
  Choice choice_;
  std::vector<std::string> alpn_protocols_;
  ChooseProtocol choose_protocol_;
  Error thrown_;  // by the program, from inside OpenSSL
  std::vector<Buffer> sessions_;
};

}  // namespace weir::tls
