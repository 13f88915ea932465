// Engine - TLS without a socket: converts between ciphertext and plaintext.
//
//   state        on                                          becomes
//   handshaking  advance(): a ClientHello with a host name   choosing, if chooses_context
//   choosing     use_context()                               handshaking
//   handshaking  advance(): the last message                 open
//   any          a failure                                   failed; an alert may be pending
//
// Every call may produce output to send.
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

// ALPN's wire format: each protocol after its length. ERRORS: throws ERR_OUT_OF_RANGE for an empty
// or too long name.
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
    ChooseProtocol choose_protocol = {};  // instead of the list
    bool chooses_context = false;
    bool request_cert = false;
    bool require_cert = false;
  };

  // ERRORS: throws ERR_OUT_OF_RANGE for an invalid protocol, and OpenSSL's error for an invalid
  // session.
  explicit Engine(Settings settings);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  State state() const noexcept { return state_; }
  bool is_server() const noexcept { return SSL_is_server(ssl_.get()) == 1; }

  void receive(Buffer ciphertext) { wire_.receive(std::move(ciphertext)); }
  std::size_t received() const noexcept { return wire_.received(); }  // and not read
  bool has_output() const noexcept { return wire_.has_output(); }
  Buffer take_output() { return wire_.take_output(); }
  std::size_t output_size() const noexcept { return wire_.output_size(); }
  template <class Take>
  void pass_output(Take take) {
    wire_.pass_output(std::move(take));
  }
  // Reserves memory for the ciphertext of `plaintext` bytes.
  void expect_output(std::size_t plaintext);

  // Continues the handshake with the received data. ERRORS: returns the reason if the handshake
  // failed.
  Error advance();
  // Null keeps the original context. REQUIRES: choosing.
  void use_context(Ref<SecureContext> context);

  // Returns some plaintext; empty if none is available. REQUIRES: open. ERRORS: returns an error if
  // the received data is invalid.
  Error read(Buffer& into);
  bool received_end() const noexcept;  // the peer's close_notify

  // REQUIRES: open, and end() was not called.
  Error write(std::span<const std::byte> plaintext);
  // Writes close_notify. REQUIRES: open.
  void end();

  // The next session that the server has granted, if any, in OpenSSL's format.
  std::optional<Buffer> take_session();

  // The results of the handshake. REQUIRES: open.
  Error verified() const;  // the fault of the peer's certificate, if any
  bool session_reused() const noexcept;
  std::optional<Certificate> peer_certificate() const;
  std::string_view alpn_protocol() const noexcept;  // empty: none
  std::string_view protocol() const noexcept;
  const SSL_CIPHER* cipher() const noexcept;

  // The host name in the ClientHello; empty: none. Servers know it from `choosing` on.
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

  // Whether the handshake waits for the choice of a context.
  enum class Choice : std::uint8_t { none, due, made };

  Wire wire_;  // destroyed after its users
  Ref<SecureContext> context_;
  OpensslPtr<SSL, &SSL_free> ssl_;
  State state_ = State::handshaking;
  Choice choice_;
  std::vector<std::string> alpn_protocols_;
  ChooseProtocol choose_protocol_;
  Error thrown_;  // by the program, in a callback of OpenSSL
  std::vector<Buffer> sessions_;
};

}  // namespace weir::tls
