#include "weir/serve_options.h"

#include "weir/content_encoders.h"
#include "weir/formatter.h"
#include "weir/number_argument.h"
#include "weir/numbers.h"
#include <weir/weir.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tool {
namespace {

namespace http = weir::http;

// Splits at the first `mark`. Null if there is none, or nothing before it.
std::optional<std::pair<std::string, std::string>> split(const std::string& text, char mark) {
  const auto at = text.find(mark);
  if (at == text.npos || at == 0) return std::nullopt;
  return std::pair(text.substr(0, at), text.substr(at + 1));
}

std::vector<http::BasicUser> read_users(const std::string& file) {
  std::ifstream lines(file);
  if (!lines) throw weir::Error::system(errno, "open", file);
  std::vector<http::BasicUser> users;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.starts_with('#')) continue;
    const auto parts = split(line, ':');
    if (!parts) throw weir::Error(fmt::format("'{}': a line is not NAME:PASSWORD", file));
    users.push_back({parts->first, parts->second});
  }
  if (users.empty()) throw weir::Error(fmt::format("'{}': no line NAME:PASSWORD", file));
  return users;
}

void add_content(CLI::App& command, ServeOptions& options) {
  const std::string content = "Content";
  command
      .add_flag("--precompressed", options.precompressed,
                "Send FILE.zst, FILE.br or FILE.gz for FILE to clients that accept it")
      ->group(content);
  command
      .add_flag("--compress", options.compress,
                "Compress texts with zstd, brotli or gzip for clients that accept it")
      ->group(content);
  command
      .add_option("--cache-control", options.cache_control,
                  "Cache-Control header of files, for example \"max-age=60\"")
      ->type_name("VALUE")
      ->group(content);
  command
      .add_option("--cache", options.cache_rules,
                  "Cache-Control header of files that match, for example "
                  "\"*.js=max-age=31536000, immutable\"; may be repeated, and the first that "
                  "matches counts")
      ->type_name("PATTERN=VALUE")
      ->allow_extra_args(false)
      ->check([](const std::string& rule) {
        return split(rule, '=') ? std::string() : fmt::format("'{}' is not PATTERN=VALUE", rule);
      })
      ->group(content);
  command
      .add_option("--spa", options.spa,
                  "Send this page of DIR for URLs without a file (single-page applications)")
      ->type_name("PAGE")
      ->group(content);
  command
      .add_flag_callback(
          "--no-listing", [&options] { options.listing = false; }, "Do not list directories")
      ->group(content);
}

void set_origin(ServeOptions& options, const std::string& text) {
  constexpr std::string_view kGiven = "true";  // CLI11's value of a flag without one
  if (text != kGiven && text != "*" && text != "null" && text.find("://") == text.npos)
    throw CLI::ValidationError(
        "--cors", fmt::format("'{}' is not an origin, such as https://example.org", text));
  options.cors = text == kGiven ? "*" : text;
}

void add_access(CLI::App& command, ServeOptions& options) {
  const std::string access = "Access";
  add_flag_with_value(
      command, "--cors", "[=ORIGIN]",
      [&options](const std::string& origin) { set_origin(options, origin); },
      "Let scripts of this origin (default \"*\", every origin) read the responses")
      ->group(access);
  command
      .add_option("--auth", options.users_file,
                  "Require a user and password of FILE, which has a line NAME:PASSWORD for each")
      ->type_name("FILE")
      ->group(access);
  CLI::Option* const writable =
      command.add_flag("--writable", options.writable, "Accept uploads of files with PUT")
          ->group(access);
  command
      .add_option("--max-upload", options.max_upload,
                  "Refuse an upload of more than SIZE bytes (default: no limit)")
      ->type_name("SIZE")
      ->transform(number<parse_size>("a number of bytes (4096, 64K, 1M, 2G)"))
      ->needs(writable)
      ->group(access);
}

http::AccessFormat format_of(const std::string& name) {
  if (name == "common") return http::AccessFormat::common;
  if (name == "combined") return http::AccessFormat::combined;
  if (name == "json") return http::AccessFormat::json;
  throw CLI::ValidationError("--log-format",
                             fmt::format("'{}' is not common, combined or json", name));
}

void add_logs(CLI::App& command, ServeOptions& options) {
  const std::string logs = "Log";
  CLI::Option* const quiet = command.add_flag("--quiet", options.quiet, "Do not log requests");
  quiet->group(logs);
  command.add_flag("--json", options.json, "Log each request as one JSON object")->group(logs);
  CLI::Option* const file =
      command
          .add_option("--access-log", options.access_log,
                      "Append an access log to FILE, instead of the log on standard output")
          ->type_name("FILE")
          ->excludes(quiet)
          ->group(logs);
  command
      .add_option_function<std::string>(
          "--log-format",
          [&options](const std::string& name) { options.log_format = format_of(name); },
          "Format of the access log: common, combined (default) or json")
      ->type_name("FORMAT")
      ->needs(file)
      ->group(logs);
}

}  // namespace

void add_serve(CLI::App& command, ServeOptions& options) {
  command.add_option("DIR", options.folder, "Directory to serve")->required()->type_name("");
  command
      .add_option("--host", options.host,
                  "Address to listen on (default 127.0.0.1); 0.0.0.0 or :: accepts other machines")
      ->type_name("HOST");
  command
      .add_option("--port", options.port,
                  "Port to listen on (default 8080); 0 picks a free port and prints it")
      ->transform(number<parse_count>("a port"))
      ->type_name("PORT");
  command
      .add_option("--threads", options.threads,
                  "Threads to serve with (default 1); 0 uses every processor")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  add_certificate(command, options.trust, "Serve over TLS with this certificate (PEM)");
  add_content(command, options);
  add_access(command, options);
  add_logs(command, options);
  add_inspection(command, options.inspection);
}

http::FileServerOptions file_server_options(const ServeOptions& options) {
  http::FileServerOptions files;
  files.listing = options.listing;
  files.cache_control = options.cache_control;
  for (const std::string& rule : options.cache_rules)
    if (auto parts = split(rule, '=')) files.cache_rules.push_back({parts->first, parts->second});
  files.precompressed = options.precompressed;
  if (options.compress) files.encoders = content_encoders();
  files.cors = options.cors;
  files.spa = options.spa;
  files.writable = options.writable;
  files.max_upload = options.max_upload;
  if (!options.users_file.empty()) files.users = read_users(options.users_file);
  return files;
}

}  // namespace tool
