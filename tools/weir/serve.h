// weir serve: serves a directory over HTTP.
#pragma once

#include "weir/inspection_options.h"
#include "weir/trust.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace tool {

struct ServeOptions {
  std::string folder;
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::size_t threads = 1;  // 0: one for each processor
  TrustFiles trust;         // with a certificate: TLS
  bool json = false;
  InspectionOptions inspection;
  bool quiet = false;  // no request log
};

// Serves until a signal ends the process. Returns the exit status if it cannot listen.
int serve(const ServeOptions& options);

}  // namespace tool
