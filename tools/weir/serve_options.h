// The options of weir serve.
#pragma once

#include "weir/inspection_options.h"
#include "weir/trust.h"
#include <weir/http/access_log.h>
#include <weir/http/file_server.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

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

  bool precompressed = false;
  bool compress = false;
  std::string cache_control;
  std::vector<std::string> cache_rules;  // "PATTERN=VALUE"
  std::string cors;                      // empty: none
  std::string spa;
  bool writable = false;
  std::optional<std::uint64_t> max_upload;  // in bytes; empty: no limit
  std::string users_file;                   // empty: everybody
  bool listing = true;
  std::string access_log;  // empty: none
  weir::http::AccessFormat log_format = weir::http::AccessFormat::combined;
};

void add_serve(CLI::App& command, ServeOptions& options);

// ERRORS: throws the system's error if the file of users cannot be read, and an Error for a line
// that is not NAME:PASSWORD.
weir::http::FileServerOptions file_server_options(const ServeOptions& options);

}  // namespace tool
