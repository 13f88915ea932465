// Whom a TLS connection may lead to, and what this end of it shows.
#pragma once

#include <weir/weir.h>

#include <string>

namespace tool {

struct Trust {
  weir::Ref<weir::tls::SecureContext> context;  // none: the system's authorities
  bool is_blind = false;                        // anybody
  bool asks_who_connects = false;               // for a certificate, as a server
};

// PEM files, where there is a name.
struct TrustFiles {
  std::string authorities;  // in place of the system's
  std::string certificate;
  std::string key;  // without: in the certificate's
};

// ERRORS: throws the system's where a file cannot be read, and what is wrong with what it holds.
Trust make_trust(const TrustFiles& files, bool is_blind);

}  // namespace tool
