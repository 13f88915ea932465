#include "net/tls_error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

namespace weir::tls {
namespace {

class OpensslCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "openssl"; }
  std::string message(int value) const override {
    const char* const reason = ERR_reason_error_string(static_cast<unsigned>(value));
    return reason ? reason : "unknown error";
  }
};

class VerifyCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "x509"; }
  std::string message(int value) const override { return X509_verify_cert_error_string(value); }
};

struct Library {
  int number;
  std::string_view prefix;
};
// Libraries that Node names. Codes of the protocol itself have no "OSSL".
constexpr Library kLibraries[] = {{ERR_LIB_SSL, "ERR_SSL_"},
                                  {ERR_LIB_PEM, "ERR_OSSL_PEM_"},
                                  {ERR_LIB_X509, "ERR_OSSL_X509_"},
                                  {ERR_LIB_EVP, "ERR_OSSL_EVP_"},
                                  {ERR_LIB_RSA, "ERR_OSSL_RSA_"},
                                  {ERR_LIB_EC, "ERR_OSSL_EC_"},
                                  {ERR_LIB_BN, "ERR_OSSL_BN_"},
                                  {ERR_LIB_DH, "ERR_OSSL_DH_"},
                                  {ERR_LIB_ASN1, "ERR_OSSL_ASN1_"},
                                  {ERR_LIB_BIO, "ERR_OSSL_BIO_"},
                                  {ERR_LIB_RAND, "ERR_OSSL_RAND_"},
                                  {ERR_LIB_X509V3, "ERR_OSSL_X509V3_"},
                                  {ERR_LIB_CRYPTO, "ERR_OSSL_CRYPTO_"},
                                  {ERR_LIB_PKCS12, "ERR_OSSL_PKCS12_"}};

// As in Node: OpenSSL has a text for the reason but not its name, so the name is derived from the
// text.
std::string name_of(unsigned long code, std::string_view reason) {
  const int library = ERR_GET_LIB(code);
  const auto* const known = std::ranges::find(kLibraries, library, &Library::number);
  std::string name(known == std::end(kLibraries) ? "ERR_OSSL_" : known->prefix);
  for (const char c : reason)
    name += c == ' ' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

Error error_of(unsigned long code) {
  const char* const reason = ERR_reason_error_string(code);
  std::array<char, 256> message;
  ERR_error_string_n(code, message.data(), message.size());
  return Error::named({static_cast<int>(code), openssl_category()},
                      name_of(code, reason ? reason : "unknown error"), message.data());
}

constexpr unsigned long kUnexpectedEof =
    ERR_PACK(ERR_LIB_SSL, 0, SSL_R_UNEXPECTED_EOF_WHILE_READING);

struct VerifyName {
  long result;
  std::string_view name;
};
#define WEIR_VERIFY_NAME(name) \
  VerifyName { X509_V_ERR_##name, #name }
constexpr VerifyName kVerifyNames[] = {WEIR_VERIFY_NAME(UNABLE_TO_GET_ISSUER_CERT),
                                       WEIR_VERIFY_NAME(UNABLE_TO_GET_CRL),
                                       WEIR_VERIFY_NAME(UNABLE_TO_DECRYPT_CERT_SIGNATURE),
                                       WEIR_VERIFY_NAME(UNABLE_TO_DECRYPT_CRL_SIGNATURE),
                                       WEIR_VERIFY_NAME(UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY),
                                       WEIR_VERIFY_NAME(CERT_SIGNATURE_FAILURE),
                                       WEIR_VERIFY_NAME(CRL_SIGNATURE_FAILURE),
                                       WEIR_VERIFY_NAME(CERT_NOT_YET_VALID),
                                       WEIR_VERIFY_NAME(CRL_NOT_YET_VALID),
                                       WEIR_VERIFY_NAME(CERT_HAS_EXPIRED),
                                       WEIR_VERIFY_NAME(CRL_HAS_EXPIRED),
                                       WEIR_VERIFY_NAME(ERROR_IN_CERT_NOT_BEFORE_FIELD),
                                       WEIR_VERIFY_NAME(ERROR_IN_CERT_NOT_AFTER_FIELD),
                                       WEIR_VERIFY_NAME(ERROR_IN_CRL_LAST_UPDATE_FIELD),
                                       WEIR_VERIFY_NAME(ERROR_IN_CRL_NEXT_UPDATE_FIELD),
                                       WEIR_VERIFY_NAME(OUT_OF_MEM),
                                       WEIR_VERIFY_NAME(DEPTH_ZERO_SELF_SIGNED_CERT),
                                       WEIR_VERIFY_NAME(SELF_SIGNED_CERT_IN_CHAIN),
                                       WEIR_VERIFY_NAME(UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
                                       WEIR_VERIFY_NAME(UNABLE_TO_VERIFY_LEAF_SIGNATURE),
                                       WEIR_VERIFY_NAME(CERT_CHAIN_TOO_LONG),
                                       WEIR_VERIFY_NAME(CERT_REVOKED),
                                       WEIR_VERIFY_NAME(INVALID_CA),
                                       WEIR_VERIFY_NAME(PATH_LENGTH_EXCEEDED),
                                       WEIR_VERIFY_NAME(INVALID_PURPOSE),
                                       WEIR_VERIFY_NAME(CERT_UNTRUSTED),
                                       WEIR_VERIFY_NAME(CERT_REJECTED),
                                       WEIR_VERIFY_NAME(HOSTNAME_MISMATCH)};
#undef WEIR_VERIFY_NAME

}  // namespace

const std::error_category& openssl_category() noexcept {
  static const OpensslCategory category;
  return category;
}
const std::error_category& verify_category() noexcept {
  static const VerifyCategory category;
  return category;
}

ErrorScope::ErrorScope() noexcept { ERR_clear_error(); }
ErrorScope::~ErrorScope() { ERR_clear_error(); }

Error openssl_error() {
  const unsigned long code = ERR_peek_error();
  if (code == 0) return Error(weir::Errc::generic, "OpenSSL failed and does not say why");
  return error_of(code);
}

void check(bool succeeded) {
  if (!succeeded) throw openssl_error();
}

Error unexpected_eof() { return error_of(kUnexpectedEof); }

Error verify_error(long result) {
  if (result == X509_V_OK) return {};
  const auto* const known = std::ranges::find(kVerifyNames, result, &VerifyName::result);
  // As Node.
  const std::string_view name = known == std::end(kVerifyNames) ? "UNSPECIFIED" : known->name;
  return Error::named({static_cast<int>(result), verify_category()}, std::string(name),
                      X509_verify_cert_error_string(result));
}

Error connection_reset(std::string_view message) {
  return Error::named({ECONNRESET, std::system_category()}, "ECONNRESET", std::string(message));
}

}  // namespace weir::tls
