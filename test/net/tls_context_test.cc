#include <weir/net/tls_context.h>

#include "net/certificate_of.h"
#include "net/openssl_ptr.h"
#include "support/certificates.h"
#include "support/event_log.h"
#include <weir/net/tls_errors.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/pem.h>

namespace weir::tls {
namespace {

using test::Identity;

Error failure_of(const SecureContextOptions& options) {
  return test::thrown_by([&] { create_secure_context(options); });
}
std::string name_of_failure(const SecureContextOptions& options) {
  return test::name_of(failure_of(options));
}

TEST(SecureContextTest, TakesAKeyItsCertificateAndTrustedCas) {
  const Identity own = test::self_signed();
  EXPECT_EQ(name_of_failure({.key = own.key, .cert = own.cert, .ca = {own.cert}}), "ok");
  EXPECT_EQ(name_of_failure({}), "ok");
}

TEST(SecureContextTest, ReadsAnEncryptedKeyWithItsPassphraseAlone) {
  const Identity own = test::self_signed({.passphrase = "secret"});
  EXPECT_EQ(name_of_failure({.key = own.key, .passphrase = "secret", .cert = own.cert}), "ok");
  EXPECT_EQ(name_of_failure({.key = own.key, .passphrase = "other", .cert = own.cert}),
            "ERR_OSSL_BAD_DECRYPT");
  EXPECT_NE(name_of_failure({.key = own.key, .cert = own.cert}), "ok");
}

TEST(SecureContextTest, NamesAnInvalidCertificateOrKeyAsNodeDoes) {
  const Error error = failure_of({.cert = "x"});
  EXPECT_EQ(error.name(), "ERR_OSSL_PEM_NO_START_LINE");
  EXPECT_EQ(error.message(), "error:0480006C:PEM routines::no start line");
  EXPECT_EQ(error.code().category(), openssl_category());
  EXPECT_EQ(name_of_failure({.key = "x"}), "ERR_OSSL_UNSUPPORTED");
}

TEST(SecureContextTest, AKeyOfAnotherCertificateDoesNotMatch) {
  const Identity one = test::self_signed();
  const Identity other = test::self_signed();
  EXPECT_EQ(name_of_failure({.key = other.key, .cert = one.cert}),
            "ERR_OSSL_X509_KEY_VALUES_MISMATCH");
}

TEST(SecureContextTest, ATruncatedCertificateAfterAValidOneIsAnError) {
  const Identity own = test::self_signed();
  EXPECT_NE(name_of_failure({.cert = own.cert + own.cert.substr(0, own.cert.size() / 2)}), "ok");
}

TEST(SecureContextTest, UnknownCiphersAreNoMatch) {
  EXPECT_EQ(name_of_failure({.ciphers = "nope"}), "ERR_SSL_NO_CIPHER_MATCH");
  EXPECT_EQ(name_of_failure({.ciphers = "TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256"}),
            "ok");
}

TEST(SecureContextTest, TakesAPfxWithItsPassphraseAlone) {
  const std::string pfx = test::pfx_of(test::self_signed(), "secret");
  EXPECT_EQ(name_of_failure({.passphrase = "secret", .pfx = pfx}), "ok");
  EXPECT_EQ(name_of_failure({.passphrase = "other", .pfx = pfx}),
            "ERR_OSSL_PKCS12_MAC_VERIFY_FAILURE");
  EXPECT_EQ(name_of_failure({.pfx = pfx}), "ERR_OSSL_PKCS12_MAC_VERIFY_FAILURE");
  EXPECT_NE(name_of_failure({.passphrase = "secret", .pfx = pfx.substr(0, pfx.size() / 2)}), "ok");
  EXPECT_NE(name_of_failure({.pfx = "nonsense"}), "ok");
}

TEST(SecureContextTest, NamesAnInvalidRevocationList) {
  const test::Authority authority;
  EXPECT_EQ(name_of_failure({.crl = {authority.revoke({})}}), "ok");
  EXPECT_EQ(name_of_failure({.crl = {"x"}}), "ERR_OSSL_PEM_NO_START_LINE");
}

TEST(SecureContextTest, ReadsTheFieldsOfACertificate) {
  const test::Authority authority;
  const Identity own = authority.issue(
      {.common_name = "agent", .alternative_names = "DNS:a.example,IP:::1,URI:http://x/"});
  BIO* const bio = BIO_new_mem_buf(own.cert.data(), static_cast<int>(own.cert.size()));
  const OpensslPtr<X509, &X509_free> x509(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  const Certificate certificate = certificate_of(x509.get());
  EXPECT_EQ(certificate.subject, (DistinguishedName{{"CN", "agent"}}));
  EXPECT_EQ(certificate.issuer, (DistinguishedName{{"CN", "Test CA"}}));
  EXPECT_EQ(certificate.subjectaltname, "DNS:a.example, IP Address:::1, URI:http://x/");
  EXPECT_EQ(certificate.dns_names, std::vector<std::string>{"a.example"});
  EXPECT_EQ(certificate.ip_addresses, std::vector<std::string>{"::1"});
  EXPECT_TRUE(certificate.valid_to.ends_with(" GMT"));
  EXPECT_EQ(certificate.fingerprint.size(), 20u * 3 - 1);
  EXPECT_EQ(certificate.fingerprint256.size(), 32u * 3 - 1);
  EXPECT_FALSE(certificate.serial_number.empty());
  EXPECT_EQ(static_cast<unsigned char>(certificate.raw.text().front()), 0x30);
}

}  // namespace
}  // namespace weir::tls
