#include <weir/net/tls_context.h>

#include "net/openssl_ptr.h"
#include "net/tls_error.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>

namespace weir::tls {
namespace {

using BioPtr = OpensslPtr<BIO, &BIO_free>;
using KeyPtr = OpensslPtr<EVP_PKEY, &EVP_PKEY_free>;
using CertificatePtr = OpensslPtr<X509, &X509_free>;
using ContextPtr = OpensslPtr<SSL_CTX, &SSL_CTX_free>;
using StorePtr = OpensslPtr<X509_STORE, &X509_STORE_free>;
using CrlPtr = OpensslPtr<X509_CRL, &X509_CRL_free>;
using Pkcs12Ptr = OpensslPtr<PKCS12, &PKCS12_free>;

struct FreeCertificates {
  void operator()(STACK_OF(X509) * certificates) const noexcept {
    sk_X509_pop_free(certificates, &X509_free);
  }
};
using CertificatesPtr = std::unique_ptr<STACK_OF(X509), FreeCertificates>;

// Completes every handshake: Socket::check_peer rejects an untrusted peer afterwards, with the
// reason.
int accept_for_now(int, X509_STORE_CTX*) { return 1; }

BioPtr reader_of(std::string_view text) {
  BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  check(bio != nullptr);
  return bio;
}

// Supplies the passphrase of an encrypted PEM text; OpenSSL would ask at the terminal.
int copy_passphrase(char* to, int room, int, void* passphrase) {
  const auto& text = *static_cast<const std::string*>(passphrase);
  if (text.size() > static_cast<std::size_t>(room)) return -1;
  std::memcpy(to, text.data(), text.size());
  return static_cast<int>(text.size());
}

CertificatePtr read_certificate(BIO* bio) {
  std::string none;
  return CertificatePtr(PEM_read_bio_X509_AUX(bio, nullptr, &copy_passphrase, &none));
}

// OpenSSL reports the end of a PEM text as an error.
void check_read_to_end() {
  const unsigned long last = ERR_peek_last_error();
  check(ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE);
  ERR_clear_error();
}

void use_certificate(SSL_CTX* context, std::string_view text) {
  const BioPtr bio = reader_of(text);
  const CertificatePtr own = read_certificate(bio.get());
  check(own != nullptr && SSL_CTX_use_certificate(context, own.get()) == 1);
  while (CertificatePtr issuer = read_certificate(bio.get())) {
    check(SSL_CTX_add0_chain_cert(context, issuer.get()) == 1);
    issuer.release();  // owned by the context
  }
  check_read_to_end();
}

void use_key(SSL_CTX* context, const SecureContextOptions& options) {
  std::string passphrase = options.passphrase;
  const KeyPtr key(PEM_read_bio_PrivateKey(reader_of(options.key).get(), nullptr, &copy_passphrase,
                                           &passphrase));
  check(key != nullptr && SSL_CTX_use_PrivateKey(context, key.get()) == 1);
}

// The system's CA certificates, loaded once: loading takes longer than a handshake. OpenSSL locks
// the store for the certificates it adds.
X509_STORE* system_authorities() {
  static const StorePtr kStore = [] {
    StorePtr store(X509_STORE_new());
    check(store != nullptr && X509_STORE_set_default_paths(store.get()) == 1);
    return store;
  }();
  return kStore.get();
}

// As in Node, ignores text that is no certificate; an empty result trusts no peer.
void trust_only(SSL_CTX* context, const std::vector<std::string>& authorities) {
  StorePtr store(X509_STORE_new());
  check(store != nullptr);
  for (const std::string& text : authorities) {
    const BioPtr bio = reader_of(text);
    while (const CertificatePtr authority = read_certificate(bio.get())) {
      check(X509_STORE_add_cert(store.get(), authority.get()) == 1);
      // The list of accepted CAs that a server sends.
      check(SSL_CTX_add_client_CA(context, authority.get()) == 1);
    }
    ERR_clear_error();
  }
  SSL_CTX_set_cert_store(context, store.release());
}

// Returns a store that only this context uses, replacing the shared one.
X509_STORE* own_store(SSL_CTX* context) {
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  if (store != system_authorities()) return store;
  StorePtr copy(X509_STORE_new());
  check(copy != nullptr && X509_STORE_set_default_paths(copy.get()) == 1);
  SSL_CTX_set_cert_store(context, copy.get());
  return copy.release();
}

// Node: LoadPKCS12.
void use_pfx(SSL_CTX* context, const SecureContextOptions& options) {
  const BioPtr bio = reader_of(options.pfx);
  const Pkcs12Ptr pfx(d2i_PKCS12_bio(bio.get(), nullptr));
  check(pfx != nullptr);
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* issuers = nullptr;
  check(PKCS12_parse(pfx.get(), options.passphrase.c_str(), &key, &certificate, &issuers) == 1);
  const KeyPtr own_key(key);
  const CertificatePtr own(certificate);
  const CertificatesPtr chain(issuers);
  if (!own || !own_key)
    throw Error(weir::Errc::generic, "there is no key or no certificate in the pfx");
  check(SSL_CTX_use_certificate(context, own.get()) == 1);
  check(SSL_CTX_use_PrivateKey(context, own_key.get()) == 1);
  for (int i = 0; i < sk_X509_num(chain.get()); ++i) {
    X509* const issuer = sk_X509_value(chain.get(), i);
    check(SSL_CTX_add1_chain_cert(context, issuer) == 1);
    check(X509_STORE_add_cert(own_store(context), issuer) == 1);
    check(SSL_CTX_add_client_CA(context, issuer) == 1);
  }
}

void use_revocations(SSL_CTX* context, const std::vector<std::string>& lists) {
  X509_STORE* const store = own_store(context);
  for (const std::string& text : lists) {
    const BioPtr bio = reader_of(text);
    std::string none;
    const CrlPtr list(PEM_read_bio_X509_CRL(bio.get(), nullptr, &copy_passphrase, &none));
    check(list != nullptr && X509_STORE_add_crl(store, list.get()) == 1);
  }
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

// Divides Node's one list into OpenSSL's two: names of TLS 1.3 suites begin with TLS_.
void use_ciphers(SSL_CTX* context, std::string_view list) {
  std::string suites;
  std::string ciphers;
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(':'));
    list.remove_prefix(std::min(name.size() + 1, list.size()));
    std::string& target = name.starts_with("TLS_") ? suites : ciphers;
    if (!target.empty()) target += ':';
    target += name;
  }
  check(SSL_CTX_set_ciphersuites(context, suites.c_str()) == 1);
  // Without older ciphers only TLS 1.3 is possible.
  if (ciphers.empty())
    check(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1);
  else
    check(SSL_CTX_set_cipher_list(context, ciphers.c_str()) == 1);
}

int native_version(Version version) noexcept {
  return version == Version::tls1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

void configure(SSL_CTX* context, const SecureContextOptions& options) {
  SSL_CTX_set_min_proto_version(context, native_version(options.min_version));
  SSL_CTX_set_max_proto_version(context, native_version(options.max_version));
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  if (options.honor_cipher_order) SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Clients keep their sessions, in tickets. Without a context id, sessions with a client's
  // certificate could not be resumed.
  SSL_CTX_set_session_cache_mode(
      context, SSL_SESS_CACHE_BOTH | SSL_SESS_CACHE_NO_INTERNAL | SSL_SESS_CACHE_NO_AUTO_CLEAR);
  constexpr unsigned char kSessionContext[] = {'w', 'e', 'i', 'r'};
  SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext);
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, &accept_for_now);
  if (!options.ciphers.empty()) use_ciphers(context, options.ciphers);
  if (!options.ca.empty())
    trust_only(context, options.ca);
  else
    SSL_CTX_set1_cert_store(context, system_authorities());
  if (!options.cert.empty()) use_certificate(context, options.cert);
  if (!options.key.empty()) use_key(context, options);
  if (!options.pfx.empty()) use_pfx(context, options);
  if (!options.crl.empty()) use_revocations(context, options.crl);
}

}  // namespace

std::string_view to_string(Version version) noexcept {
  return version == Version::tls1_2 ? "TLSv1.2" : "TLSv1.3";
}

SecureContext::SecureContext(const SecureContextOptions& options) {
  const ErrorScope errors;
  ContextPtr context(SSL_CTX_new(TLS_method()));
  check(context != nullptr);
  configure(context.get(), options);
  native_ = context.release();
}

SecureContext::~SecureContext() { SSL_CTX_free(native_); }

Ref<SecureContext> create_secure_context(const SecureContextOptions& options) {
  return make_ref<SecureContext>(options);
}

}  // namespace weir::tls
