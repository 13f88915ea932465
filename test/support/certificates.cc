#include "support/certificates.h"

#include <stdexcept>
#include <utility>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace weir::test {
namespace {

template <auto kFree>
struct FreeWith {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, FreeWith<&BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<&EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, FreeWith<&X509_free>>;
using Crl = std::unique_ptr<X509_CRL, FreeWith<&X509_CRL_free>>;
using Pkcs12 = std::unique_ptr<PKCS12, FreeWith<&PKCS12_free>>;
using Time = std::unique_ptr<ASN1_TIME, FreeWith<&ASN1_TIME_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, FreeWith<&X509_EXTENSION_free>>;

void check(bool succeeded) {
  if (!succeeded) throw std::runtime_error("OpenSSL makes no certificate");
}

std::string text_of(const Bio& bio) {
  char* text = nullptr;
  const long length = BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, &text);
  return {text, static_cast<std::size_t>(length)};
}

std::string pem_of(X509* cert) {
  const Bio bio(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(bio.get(), cert) == 1);
  return text_of(bio);
}

std::string pem_of(EVP_PKEY* key, const std::string& passphrase) {
  const Bio bio(BIO_new(BIO_s_mem()));
  const auto* const bytes = reinterpret_cast<const unsigned char*>(passphrase.data());
  check(PEM_write_bio_PrivateKey(bio.get(), key, passphrase.empty() ? nullptr : EVP_aes_256_cbc(),
                                 bytes, static_cast<int>(passphrase.size()), nullptr,
                                 nullptr) == 1);
  return text_of(bio);
}

Cert cert_of(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Cert cert(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  check(cert != nullptr);
  return cert;
}

void add_extension(X509* cert, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  check(extension != nullptr && X509_add_ext(cert, extension.get(), -1) == 1);
}

void name(X509* cert, const std::string& common_name) {
  const auto* const text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  check(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8, text, -1, -1,
                                   0) == 1);
}

// Self-signed where there is no issuer.
Cert make_cert(EVP_PKEY* key, const IdentityOptions& options, bool is_authority, X509* issuer,
               EVP_PKEY* issuer_key) {
  Cert cert(X509_new());
  check(cert != nullptr && X509_set_version(cert.get(), X509_VERSION_3) == 1);
  std::uint64_t serial = 0;
  check(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), static_cast<long>(options.begins.count()));
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), static_cast<long>(options.ends.count()));
  name(cert.get(), options.common_name);
  X509* const signer = issuer ? issuer : cert.get();
  check(X509_set_issuer_name(cert.get(), X509_get_subject_name(signer)) == 1);
  check(X509_set_pubkey(cert.get(), key) == 1);
  add_extension(cert.get(), signer, NID_basic_constraints,
                is_authority ? "critical,CA:TRUE" : "CA:FALSE");
  add_extension(cert.get(), signer, NID_subject_key_identifier, "hash");
  if (issuer) add_extension(cert.get(), signer, NID_authority_key_identifier, "keyid");
  if (!is_authority)
    add_extension(cert.get(), signer, NID_subject_alt_name, options.alternative_names);
  check(X509_sign(cert.get(), issuer ? issuer_key : key, EVP_sha256()) > 0);
  return cert;
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  check(key != nullptr);
  return key;
}

}  // namespace

struct Authority::Pair {
  Key key;
  Cert cert;
};

Identity self_signed(const IdentityOptions& options) {
  const Key key = make_key();
  const Cert cert = make_cert(key.get(), options, false, nullptr, nullptr);
  return {pem_of(key.get(), options.passphrase), pem_of(cert.get())};
}

std::string pfx_of(const Identity& identity, const std::string& passphrase,
                   const std::string& issuer) {
  const Bio key_text(BIO_new_mem_buf(identity.key.data(), static_cast<int>(identity.key.size())));
  const Key key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  const Cert cert = cert_of(identity.cert);
  const Cert above = issuer.empty() ? nullptr : cert_of(issuer);
  STACK_OF(X509)* const issuers = sk_X509_new_null();
  if (above) sk_X509_push(issuers, above.get());
  const Pkcs12 pfx(
      PKCS12_create(passphrase.c_str(), "test", key.get(), cert.get(), issuers, 0, 0, 0, 0, 0));
  sk_X509_free(issuers);
  const Bio bio(BIO_new(BIO_s_mem()));
  check(pfx != nullptr && i2d_PKCS12_bio(bio.get(), pfx.get()) == 1);
  return text_of(bio);
}

Authority::Authority(std::unique_ptr<Pair> pair)
    : pair_(std::move(pair)), cert_(pem_of(pair_->cert.get())) {}

Authority::Authority()
    : Authority([] {
        Key key = make_key();
        Cert cert = make_cert(key.get(), {.common_name = "Test CA"}, true, nullptr, nullptr);
        return std::make_unique<Pair>(std::move(key), std::move(cert));
      }()) {}

Authority::~Authority() = default;

Identity Authority::issue(const IdentityOptions& options) const {
  const Key key = make_key();
  const Cert cert = make_cert(key.get(), options, false, pair_->cert.get(), pair_->key.get());
  return {pem_of(key.get(), options.passphrase), pem_of(cert.get())};
}

std::string Authority::revoke(const std::vector<std::string>& certs,
                              std::chrono::seconds ends) const {
  const Crl crl(X509_CRL_new());
  check(crl != nullptr && X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1);
  check(X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(pair_->cert.get())) == 1);
  const Time begin(X509_gmtime_adj(nullptr, -7200));
  const Time end(X509_gmtime_adj(nullptr, static_cast<long>(ends.count())));
  check(X509_CRL_set1_lastUpdate(crl.get(), begin.get()) == 1);
  check(X509_CRL_set1_nextUpdate(crl.get(), end.get()) == 1);
  for (const std::string& pem : certs) {
    X509_REVOKED* const entry = X509_REVOKED_new();
    check(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(cert_of(pem).get())) == 1);
    check(X509_REVOKED_set_revocationDate(entry, begin.get()) == 1);
    check(X509_CRL_add0_revoked(crl.get(), entry) == 1);
  }
  check(X509_CRL_sign(crl.get(), pair_->key.get(), EVP_sha256()) > 0);
  const Bio bio(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509_CRL(bio.get(), crl.get()) == 1);
  return text_of(bio);
}

Authority Authority::issue_authority() const {
  Key key = make_key();
  Cert cert = make_cert(key.get(), {.common_name = "Test intermediate CA"}, true, pair_->cert.get(),
                        pair_->key.get());
  return Authority(std::make_unique<Pair>(std::move(key), std::move(cert)));
}

}  // namespace weir::test
