// Converts an OpenSSL certificate to a Certificate.
#pragma once

#include <weir/net/tls_certificate.h>

#include <openssl/types.h>

namespace weir::tls {

Certificate certificate_of(const X509* x509);

}  // namespace weir::tls
