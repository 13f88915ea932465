#include "net/tls_engine.h"

#include "net/certificate_of.h"
#include "net/tls_error.h"
#include <weir/base/assert.h>
#include <weir/base/block.h>
#include <weir/net/tls_errors.h>

#include <algorithm>

#include <fmt/format.h>
#include <openssl/err.h>

namespace weir::tls {
namespace {

constexpr std::size_t kLargestRecord = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr std::size_t kLongestProtocol = 255;

using SessionPtr = OpensslPtr<SSL_SESSION, &SSL_SESSION_free>;
using CertificatePtr = OpensslPtr<X509, &X509_free>;

Engine& engine_of(const SSL* ssl) noexcept { return *static_cast<Engine*>(SSL_get_app_data(ssl)); }

std::vector<std::string> protocols_of(std::span<const unsigned char> wire) {
  std::vector<std::string> protocols;
  while (!wire.empty()) {
    const std::size_t length = std::min<std::size_t>(wire.front(), wire.size() - 1);
    const auto name = wire.subspan(1, length);
    protocols.emplace_back(name.begin(), name.end());
    wire = wire.subspan(1 + length);
  }
  return protocols;
}

// ERRORS: throws std::bad_alloc.
std::optional<Buffer> serialized(SSL_SESSION* session) {
  const int size = i2d_SSL_SESSION(session, nullptr);
  if (size <= 0) return std::nullopt;
  Block block(static_cast<std::size_t>(size));
  auto* to = reinterpret_cast<unsigned char*>(block.bytes().data());
  i2d_SSL_SESSION(session, &to);
  return std::move(block).take(static_cast<std::size_t>(size));
}

}  // namespace

std::string alpn_wire_format(const std::vector<std::string>& protocols) {
  std::string wire;
  for (std::size_t i = 0; i < protocols.size(); ++i) {
    if (protocols[i].empty() || protocols[i].size() > kLongestProtocol)
      throw out_of_range(fmt::format("The byte length of the protocol at index {}", i),
                         ">= 1 && <= 255", fmt::to_string(protocols[i].size()));
    wire += static_cast<char>(protocols[i].size());
    wire += protocols[i];
  }
  return wire;
}

Engine::Engine(Settings settings)
    : context_(settings.context),
      choice_(settings.chooses_context ? Choice::due : Choice::none),
      alpn_protocols_(settings.alpn_protocols),
      choose_protocol_(std::move(settings.choose_protocol)) {
  const ErrorScope errors;
  ssl_.reset(SSL_new(context_->native()));
  check(ssl_ != nullptr);
  SSL_set_app_data(ssl_.get(), this);
  BIO* const bio = wire_.make_bio();
  SSL_set_bio(ssl_.get(), bio, bio);
  if (settings.role == Role::client)
    begin_as_client(settings);
  else
    begin_as_server(settings);
}

void Engine::begin_as_client(const Settings& settings) {
  SSL* const ssl = ssl_.get();
  SSL_set_connect_state(ssl);
  if (!settings.servername.empty())
    check(SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                   const_cast<char*>(settings.servername.c_str())) == 1);
  if (const std::string protocols = alpn_wire_format(alpn_protocols_); !protocols.empty())
    check(SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()),
                              static_cast<unsigned>(protocols.size())) == 0);
  if (!settings.session.empty()) {
    const auto* from = reinterpret_cast<const unsigned char*>(settings.session.data());
    const SessionPtr session(
        d2i_SSL_SESSION(nullptr, &from, static_cast<long>(settings.session.size())));
    check(session != nullptr && SSL_set_session(ssl, session.get()) == 1);
  }
  SSL_CTX_sess_set_new_cb(context_->native(), [](SSL* of, SSL_SESSION* session) {
    // OpenSSL keeps ownership of the session.
    if (SSL_is_server(of)) return 0;
    try {
      if (auto bytes = serialized(session)) engine_of(of).sessions_.push_back(std::move(*bytes));
    } catch (const std::bad_alloc&) {  // NOLINT: without the session, the next handshake is full
    }
    return 0;
  });
}

void Engine::begin_as_server(const Settings& settings) {
  SSL* const ssl = ssl_.get();
  SSL_set_accept_state(ssl);
  if (settings.request_cert)
    SSL_set_verify(
        ssl,
        settings.require_cert ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER,
        SSL_get_verify_callback(ssl));
  // The context of a name decides which clients are trusted, and OpenSSL asks for it in a full
  // handshake alone: a session of one name would be trusted under every other.
  if (settings.request_cert && settings.chooses_context) {
    SSL_set_options(ssl, SSL_OP_NO_TICKET);
    check(SSL_set_num_tickets(ssl, 0) == 1);
  }
  SSL_set_cert_cb(
      ssl, [](SSL* of, void*) { return engine_of(of).on_certificate_wanted(); }, nullptr);
  choose_protocols_with(*context_);
}

// OpenSSL has one such callback per context.
void Engine::choose_protocols_with(SecureContext& context) {
  SSL_CTX_set_alpn_select_cb(
      context.native(),
      [](SSL* of, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
         unsigned size,
         void*) { return engine_of(of).on_protocols_offered({offered, size}, chosen, length); },
      nullptr);
}

// 1 continues the handshake; -1 suspends it until the next advance().
int Engine::on_certificate_wanted() noexcept {
  if (choice_ != Choice::due || servername().empty()) return 1;
  state_ = State::choosing;
  return -1;
}

void Engine::use_context(Ref<SecureContext> context) {
  WEIR_ASSERT(state_ == State::choosing);
  state_ = State::handshaking;
  choice_ = Choice::made;
  if (!context || context == context_) return;
  const ErrorScope errors;
  // The callback belongs to a context, so the new one needs it, too.
  choose_protocols_with(*context);
  SSL_set_SSL_CTX(ssl_.get(), context->native());
  context_ = std::move(context);
}

int Engine::on_protocols_offered(std::span<const unsigned char> offered,
                                 const unsigned char** chosen, unsigned char* length) {
  if (!choose_protocol_ && alpn_protocols_.empty()) return SSL_TLSEXT_ERR_NOACK;
  try {
    const std::optional<std::string> name = chosen_of(protocols_of(offered));
    if (!name) return SSL_TLSEXT_ERR_ALERT_FATAL;
    // The result must point into `offered`, which outlives the call.
    for (auto rest = offered; !rest.empty(); rest = rest.subspan(1 + rest.front())) {
      const auto candidate = rest.subspan(1, rest.front());
      if (!std::ranges::equal(candidate, *name,
                              [](unsigned char a, char b) { return static_cast<char>(a) == b; }))
        continue;
      *chosen = candidate.data();
      *length = static_cast<unsigned char>(candidate.size());
      return SSL_TLSEXT_ERR_OK;
    }
    thrown_ = Errc::alpn_callback_invalid_result;
  } catch (...) {
    thrown_ = Error::from_current_exception();
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// The server's order of preference decides.
std::optional<std::string> Engine::chosen_of(const std::vector<std::string>& offered) {
  if (choose_protocol_) return choose_protocol_(servername(), offered);
  const auto common = std::ranges::find_first_of(alpn_protocols_, offered);
  if (common == alpn_protocols_.end()) return std::nullopt;
  return *common;
}

Error Engine::outcome(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_SSL:
    case SSL_ERROR_SYSCALL:
      state_ = State::failed;
      return thrown_ ? thrown_ : openssl_error();
    default:
      return {};
  }
}

Error Engine::advance() {
  if (state_ != State::handshaking) return {};
  const ErrorScope errors;
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) return outcome(result);
  state_ = State::open;
  return {};
}

Error Engine::read(Buffer& into) {
  WEIR_ASSERT(state_ == State::open);
  into = {};
  const std::size_t pending = static_cast<std::size_t>(SSL_pending(ssl_.get()));
  // Plaintext is never longer than its ciphertext.
  const std::size_t most = std::min(kLargestRecord, pending + wire_.received());
  if (most == 0) return {};
  const ErrorScope errors;
  Block block(most);
  std::size_t count = 0;
  const int result = SSL_read_ex(ssl_.get(), block.bytes().data(), most, &count);
  if (result != 1) return outcome(result);
  into = std::move(block).take(count);
  return {};
}

void Engine::expect_output(std::size_t plaintext) {
  constexpr std::size_t kRecordOverhead = 64;  // header, nonce and tag; more than any cipher's
  wire_.reserve_output(plaintext + (plaintext / kLargestRecord + 1) * kRecordOverhead);
}

bool Engine::received_end() const noexcept {
  return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

Error Engine::write(std::span<const std::byte> plaintext) {
  WEIR_ASSERT(state_ == State::open);
  const ErrorScope errors;
  while (!plaintext.empty()) {
    std::size_t count = 0;
    if (SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &count) != 1) {
      // The wire takes everything, and renegotiation is off: a failure is final.
      state_ = State::failed;
      return openssl_error();
    }
    plaintext = plaintext.subspan(count);
  }
  return {};
}

void Engine::end() {
  WEIR_ASSERT(state_ == State::open);
  const ErrorScope errors;
  SSL_shutdown(ssl_.get());  // does not wait for the peer's
}

std::optional<Buffer> Engine::take_session() {
  if (sessions_.empty()) return std::nullopt;
  Buffer first = std::move(sessions_.front());
  sessions_.erase(sessions_.begin());
  return first;
}

Error Engine::verified() const {
  const ErrorScope errors;
  const CertificatePtr certificate(SSL_get1_peer_certificate(ssl_.get()));
  // As in Node, which has no better code for a missing certificate.
  return verify_error(certificate ? SSL_get_verify_result(ssl_.get())
                                  : X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT);
}

bool Engine::session_reused() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }

std::optional<Certificate> Engine::peer_certificate() const {
  const ErrorScope errors;
  const CertificatePtr certificate(SSL_get1_peer_certificate(ssl_.get()));
  if (!certificate) return std::nullopt;
  return certificate_of(certificate.get());
}

std::string_view Engine::alpn_protocol() const noexcept {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &length);
  return {reinterpret_cast<const char*>(name), length};
}

std::string_view Engine::protocol() const noexcept { return SSL_get_version(ssl_.get()); }

const SSL_CIPHER* Engine::cipher() const noexcept { return SSL_get_current_cipher(ssl_.get()); }

std::string_view Engine::servername() const noexcept {
  const char* const name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name ? std::string_view(name) : std::string_view();
}

}  // namespace weir::tls
