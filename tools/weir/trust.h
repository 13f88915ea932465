// Whom a TLS connection may lead to.
#pragma once

#include <weir/weir.h>

#include <string>

namespace tool {

struct Trust {
  weir::Ref<weir::tls::SecureContext> context;  // none: the system's authorities
  bool is_blind = false;                        // anybody
};

// Authorities in place of the system's.
// ERRORS: throws the system's where the file cannot be read, and what is wrong with what it holds.
weir::Ref<weir::tls::SecureContext> authorities_of(const std::string& file);

}  // namespace tool
