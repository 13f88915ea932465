// weir serve: a folder's files over HTTP.
#pragma once

#include "weir/trust.h"

#include <cstdint>
#include <string>

namespace tool {

struct ServeOptions {
  std::string folder;
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  TrustFiles trust;  // with a certificate: over TLS
  bool json = false;
  bool quiet = false;  // requests are not told
};

// Until a signal ends it, and the process. Returns the exit status where it cannot listen.
int serve(const ServeOptions& options);

}  // namespace tool
