// support/certificates.h - keys and certificates, made when a test asks for them.
//
//   Authority authority;
//   Identity server = authority.issue({.alternative_names = "DNS:localhost,IP:127.0.0.1"});
//   Identity old = authority.issue({.ends = -1h});
//   tls::create_secure_context({.key = server.key, .cert = server.cert, .ca = {authority.cert()}});
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace weir::test {

// As PEM text.
struct Identity {
  std::string key;
  std::string cert;
};

struct IdentityOptions {
  std::string common_name = "test";
  std::string alternative_names = "DNS:localhost,IP:127.0.0.1";  // as OpenSSL's configuration
  std::chrono::seconds begins = -std::chrono::hours(1);          // counted from now
  std::chrono::seconds ends = std::chrono::hours(24);
  std::string passphrase = {};  // to encrypt the key with
};

// A certificate without another issuer.
Identity self_signed(const IdentityOptions& options = {});

// As PKCS #12, with an issuer where there is one.
std::string pfx_of(const Identity& identity, const std::string& passphrase,
                   const std::string& issuer = {});

// Issues certificates.
class Authority {
 public:
  Authority();
  ~Authority();

  Identity issue(const IdentityOptions& options = {}) const;
  // An intermediate authority, issued by this one. Verifying its certificates needs its own.
  Authority issue_authority() const;
  // The list of those that it has revoked, as PEM text.
  std::string revoke(const std::vector<std::string>& certs,
                     std::chrono::seconds ends = std::chrono::hours(24)) const;
  const std::string& cert() const { return cert_; }

 private:
  struct Pair;
  explicit Authority(std::unique_ptr<Pair> pair);

  std::unique_ptr<Pair> pair_;
  std::string cert_;
};

}  // namespace weir::test
