// The TLS settings of a connection: trusted CAs, and this side's certificate.
#pragma once

#include <weir/weir.h>

#include <string>

#include <CLI/CLI.hpp>

namespace tool {

struct Trust {
  weir::Ref<weir::tls::SecureContext> context;  // null: the system's CAs
  bool is_blind = false;                        // accept any certificate
  bool asks_who_connects = false;               // as a server, request a client certificate
};

// Names of PEM files; an empty name means none.
struct TrustFiles {
  std::string authorities;  // trusted CAs instead of the system's
  std::string certificate;
  std::string key;  // empty: in the certificate's file
};

// ERRORS: throws the system's error if a file cannot be read, and the error of its content.
Trust make_trust(const TrustFiles& files, bool is_blind);

// Adds --cert and --key; `what` is the help of --cert.
void add_certificate(CLI::App& command, TrustFiles& files, const std::string& what);

}  // namespace tool
