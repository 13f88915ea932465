// weir/net/tls_context.h - what an end of a TLS connection has to show, and whom it trusts.
//
//   auto context = weir::tls::create_secure_context({.key = read("key.pem"),
//                                                    .cert = read("cert.pem")});
//
// One is made once and serves any number of connections; connect and create_server make their own
// where none is given.
#pragma once

#include <weir/base/ref.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;

namespace weir::tls {

enum class Version : std::uint8_t { tls1_2, tls1_3 };

// As Node prints it: "TLSv1.2", "TLSv1.3".
std::string_view to_string(Version version) noexcept;

// Node's options of the same names. Keys, certificates and lists are PEM text.
struct SecureContextOptions {
  std::string key = {};
  std::string passphrase = {};  // of an encrypted key, or pfx
  // The certificate, and behind it those of its issuers that the other side may not have.
  std::string cert = {};
  // Whom to trust, in place of the system's authorities. A text may hold many certificates.
  std::vector<std::string> ca = {};
  // Key, certificate and its issuers in one, as PKCS #12 (not text). Those issuers are trusted,
  // too.
  std::string pfx = {};
  // Certificates that were revoked. With any, each issuer of a certificate has to have a list here:
  // UNABLE_TO_GET_CRL, CRL_HAS_EXPIRED, CERT_REVOKED.
  std::vector<std::string> crl = {};
  // As OpenSSL lists them, those of TLS 1.3 among the others. Empty: OpenSSL's choice.
  std::string ciphers = {};
  Version min_version = Version::tls1_2;
  Version max_version = Version::tls1_3;
  bool honor_cipher_order = true;  // of servers: the server's order counts
};

class SecureContext final : public RefCounted {
 public:
  // ERRORS: throws what is wrong with a key, a certificate, a list or the ciphers: ERR_OSSL_PEM_NO_
  // START_LINE, ERR_OSSL_BAD_DECRYPT, ERR_OSSL_X509_KEY_VALUES_MISMATCH, ERR_SSL_NO_CIPHER_MATCH,
  // ERR_OSSL_PKCS12_MAC_VERIFY_FAILURE (of another passphrase), ...
  explicit SecureContext(const SecureContextOptions& options);
  ~SecureContext() override;

  // OpenSSL's SSL_CTX.
  ssl_ctx_st* native() const noexcept { return native_; }

 private:
  ssl_ctx_st* native_;
};

// ERRORS: throws as SecureContext does. Node counterpart: tls.createSecureContext.
Ref<SecureContext> create_secure_context(const SecureContextOptions& options = {});

}  // namespace weir::tls
