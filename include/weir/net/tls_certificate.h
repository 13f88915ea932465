// weir/net/tls_certificate.h - what a certificate says, and whether it speaks of a host.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/error.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::tls {

// The parts of a name in their order: {"C", "DE"}, {"O", "Example"}, {"CN", "example.org"}.
using DistinguishedName = std::vector<std::pair<std::string, std::string>>;

// Node's certificate object.
struct Certificate {
  DistinguishedName subject;
  DistinguishedName issuer;
  std::string subjectaltname;             // "DNS:example.org, IP Address:127.0.0.1"
  std::vector<std::string> dns_names;     // of those, the hosts
  std::vector<std::string> ip_addresses;  // and the addresses, each in its usual form
  std::string valid_from;                 // "Nov 21 13:38:32 2026 GMT"
  std::string valid_to;
  std::string serial_number;   // hexadecimal
  std::string fingerprint;     // SHA-1: "AB:01:..."
  std::string fingerprint256;  // SHA-256
  Buffer raw;                  // DER
};

// Whether the certificate is one of this host: of its name, which a wildcard may stand for, or of
// its IP address. The subject's common name counts only where no other name is a host.
// ERRORS: returns ERR_TLS_CERT_ALTNAME_INVALID. Node counterpart: tls.checkServerIdentity.
Error check_server_identity(std::string_view hostname, const Certificate& certificate);

}  // namespace weir::tls
