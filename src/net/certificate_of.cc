#include "net/certificate_of.h"

#include "net/openssl_ptr.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <uv.h>

namespace weir::tls {
namespace {

using BioPtr = OpensslPtr<BIO, &BIO_free>;
using BignumPtr = OpensslPtr<BIGNUM, &BN_free>;
using NamesPtr = OpensslPtr<GENERAL_NAMES, &GENERAL_NAMES_free>;

std::string text_of(const ASN1_STRING* string) {
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, string);
  if (length < 0) return {};
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
  OPENSSL_free(utf8);
  return text;
}

// The certificate's bytes, not yet validated as text.
std::string_view bytes_of(const ASN1_STRING* string) noexcept {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

DistinguishedName name_of(const X509_NAME* name) {
  DistinguishedName parts;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(name, i);
    const ASN1_OBJECT* const object = X509_NAME_ENTRY_get_object(entry);
    std::array<char, 80> key{};
    if (const int nid = OBJ_obj2nid(object); nid != NID_undef)
      parts.emplace_back(OBJ_nid2sn(nid), text_of(X509_NAME_ENTRY_get_data(entry)));
    else if (OBJ_obj2txt(key.data(), static_cast<int>(key.size()), object, 1) > 0)
      parts.emplace_back(key.data(), text_of(X509_NAME_ENTRY_get_data(entry)));
  }
  return parts;
}

std::string time_of(const ASN1_TIME* time) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || ASN1_TIME_print(bio.get(), time) != 1) return {};
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

std::string fingerprint_of(const X509* x509, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;
  if (X509_digest(x509, digest, bytes.data(), &size) != 1) return {};
  return fmt::format("{:02X}", fmt::join(std::span(bytes).first(size), ":"));
}

std::string serial_of(const X509* x509) {
  const BignumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), nullptr));
  char* const hex = number ? BN_bn2hex(number.get()) : nullptr;
  if (!hex) return {};
  std::string text(hex);
  OPENSSL_free(hex);
  return text;
}

std::string address_of(std::string_view bytes) {
  std::array<char, 64> text{};
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  if (uv_inet_ntop(family, bytes.data(), text.data(), text.size()) != 0) return {};
  return text.data();
}

// As in Node, quotes an ambiguous name in JSON's form.
std::string quoted_where_unsafe(std::string_view text) {
  const auto is_safe = [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != ',' && c != '\'';
  };
  if (std::ranges::all_of(text, is_safe)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted.append({'\\', c});
    else if (c >= ' ' && c <= '~')
      quoted += c;
    else
      fmt::format_to(std::back_inserter(quoted), "\\u{:04x}", static_cast<unsigned char>(c));
  }
  return quoted + '"';
}

void add_alternative(Certificate& certificate, const GENERAL_NAME& name) {
  std::string_view kind;
  std::string value;
  switch (name.type) {
    case GEN_DNS:
      kind = "DNS";
      value = bytes_of(name.d.dNSName);
      certificate.dns_names.push_back(value);
      break;
    case GEN_IPADD:
      kind = "IP Address";
      value = address_of(bytes_of(name.d.iPAddress));
      if (value.empty()) return;
      certificate.ip_addresses.push_back(value);
      break;
    case GEN_URI:
      kind = "URI";
      value = bytes_of(name.d.uniformResourceIdentifier);
      break;
    case GEN_EMAIL:
      kind = "email";
      value = bytes_of(name.d.rfc822Name);
      break;
    default:
      return;  // no name of a host
  }
  std::string& all = certificate.subjectaltname;
  fmt::format_to(std::back_inserter(all), "{}{}:{}", all.empty() ? "" : ", ", kind,
                 quoted_where_unsafe(value));
}

Buffer der_of(const X509* x509) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(x509, &bytes);
  if (size < 0) return {};
  Buffer der = Buffer::copy(std::as_bytes(std::span(bytes, static_cast<std::size_t>(size))));
  OPENSSL_free(bytes);
  return der;
}

}  // namespace

Certificate certificate_of(const X509* x509) {
  Certificate certificate;
  certificate.subject = name_of(X509_get_subject_name(x509));
  certificate.issuer = name_of(X509_get_issuer_name(x509));
  const NamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i)
    add_alternative(certificate, *sk_GENERAL_NAME_value(names.get(), i));
  certificate.valid_from = time_of(X509_get0_notBefore(x509));
  certificate.valid_to = time_of(X509_get0_notAfter(x509));
  certificate.serial_number = serial_of(x509);
  certificate.fingerprint = fingerprint_of(x509, EVP_sha1());
  certificate.fingerprint256 = fingerprint_of(x509, EVP_sha256());
  certificate.raw = der_of(x509);
  return certificate;
}

}  // namespace weir::tls
