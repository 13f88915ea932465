// weir/net/tls_certificate.h - the content of a certificate, and the check of its host name.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/error.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::tls {

// The parts of a distinguished name, in order: {"C", "DE"}, {"O", "Example"}, {"CN",
// "example.org"}.
using DistinguishedName = std::vector<std::pair<std::string, std::string>>;

// Node's certificate object.
struct Certificate {
  DistinguishedName subject;
  DistinguishedName issuer;
  std::string subjectaltname;             // "DNS:example.org, IP Address:127.0.0.1"
  std::vector<std::string> dns_names;     // the host names of subjectaltname
  std::vector<std::string> ip_addresses;  // its IP addresses, in canonical form
  std::string valid_from;                 // "Nov 21 13:38:32 2026 GMT"
  std::string valid_to;
  std::string serial_number;   // hexadecimal
  std::string fingerprint;     // SHA-1: "AB:01:..."
  std::string fingerprint256;  // SHA-256
  Buffer raw;                  // DER
};

// Checks that the certificate is valid for the host: for its name, perhaps by a wildcard, or for
// its IP address. The subject's common name counts only if the certificate has no other host name.
// ERRORS: returns ERR_TLS_CERT_ALTNAME_INVALID.
// Node counterpart: tls.checkServerIdentity.
Error check_server_identity(std::string_view hostname, const Certificate& certificate);

}  // namespace weir::tls
