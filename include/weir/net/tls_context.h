// weir/net/tls_context.h - SecureContext: key, certificates and trusted CAs of TLS connections.
//
//   auto context = weir::tls::create_secure_context({.key = read("key.pem"),
//                                                    .cert = read("cert.pem")});
//
// One context serves any number of connections. connect and create_server create their own if none
// is given.
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

// Node's names: "TLSv1.2", "TLSv1.3".
std::string_view to_string(Version version) noexcept;

// Node's options of the same names. Keys, certificates and lists are PEM text.
struct SecureContextOptions {
  std::string key = {};
  std::string passphrase = {};  // of an encrypted key, or of pfx
  // The certificate, followed by those of its issuers that the peer may not have.
  std::string cert = {};
  // Trusted CA certificates, instead of the system's. One text may contain many.
  std::vector<std::string> ca = {};
  // Key, certificate and issuers as PKCS #12 (binary). These issuers are trusted too.
  std::string pfx = {};
  // Revocation lists. If there is one, every issuer of a certificate needs a list here:
  // UNABLE_TO_GET_CRL, CRL_HAS_EXPIRED, CERT_REVOKED.
  std::vector<std::string> crl = {};
  // OpenSSL's format, including the suites of TLS 1.3. Empty: OpenSSL's default.
  std::string ciphers = {};
  Version min_version = Version::tls1_2;
  Version max_version = Version::tls1_3;
  bool honor_cipher_order = true;  // of servers: use the server's order
};

class SecureContext final : public RefCounted {
 public:
  // ERRORS: throws the error of a key, a certificate, a list or the ciphers:
  // ERR_OSSL_PEM_NO_START_LINE, ERR_OSSL_BAD_DECRYPT, ERR_OSSL_X509_KEY_VALUES_MISMATCH,
  // ERR_SSL_NO_CIPHER_MATCH, ERR_OSSL_PKCS12_MAC_VERIFY_FAILURE (a wrong passphrase), ...
  explicit SecureContext(const SecureContextOptions& options);
  ~SecureContext() override;

  // OpenSSL's SSL_CTX.
  ssl_ctx_st* native() const noexcept { return native_; }

 private:
  ssl_ctx_st* native_;
};

// ERRORS: throws the errors of SecureContext. Node counterpart: tls.createSecureContext.
Ref<SecureContext> create_secure_context(const SecureContextOptions& options = {});

}  // namespace weir::tls
