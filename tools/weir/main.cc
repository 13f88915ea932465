// The weir command: files written and copied through weir's streams, and how that went.

#include "weir/conclude.h"
#include "weir/copy.h"
#include "weir/endpoint.h"
#include "weir/lines.h"
#include "weir/options.h"
#include "weir/say.h"
#include "weir/serve.h"
#include "weir/trust.h"
#include "weir/write.h"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace {

// A standard descriptor that is closed would go to the next file that is opened, and what is said
// would be written to that. Held the wrong way round, its use fails as if it were closed.
void hold_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0)
      static_cast<void>(::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

// Turns an argument into the plain number that it spells, or complains of it.
template <auto parse>
CLI::Validator number(std::string expected) {
  return CLI::Validator(
      [expected = std::move(expected)](std::string& argument) -> std::string {
        const auto parsed = parse(argument);
        if (!parsed) return fmt::format("'{}' is not {}", argument, expected);
        argument = fmt::to_string(*parsed);
        return {};
      },
      "");
}

void add_common(CLI::App& command, tool::Options& options) {
  command.add_option("FILE", options.file, "The file; - is standard output")
      ->required()
      ->type_name("");
  command
      .add_option("--high-water-mark", options.high_water_mark,
                  "How much is buffered before the source pauses: bytes, or 64K, 1M, 2G")
      ->transform(number<tool::parse_size>("a number of bytes (4096, 64K, 1M, 2G)"))
      ->type_name("SIZE");
  command.add_flag("--append", options.append, "Write behind what the file holds");
  command.add_flag("--sync", options.sync, "Have it on the disk before it ends");
  command.add_flag("--pool", options.pool, "Write through the thread pool alone, never in place");
  command.add_flag("--json", options.json, "Print the summary as one JSON object");
}

constexpr const char* kEndpoints = R"(SOURCE, DEST:
  FILE                        A file; one whose name reads like one of these is ./NAME
  -                           Standard input or output
  tcp://HOST:PORT             Who listens there; an IPv6 address is in brackets
  tcp-listen://[HOST]:PORT    The first one who connects; port 0 is any, and told
  unix:PATH                   The same two by a unix socket
  unix-listen:PATH
  tls://HOST:PORT             Who listens there, encrypted, if it proves to be HOST
  tls-listen://[HOST]:PORT    The first one who connects, encrypted; needs --cert
  http://HOST[:PORT]/PATH     What is there (GET), or where it is put (PUT); https:// as well
)";

void add_certificate(CLI::App& command, tool::TrustFiles& files, const std::string& what) {
  CLI::Option* const certificate =
      command.add_option("--cert", files.certificate, what)->type_name("FILE");
  command.add_option("--key", files.key, "Its key, where that is not in the same file")
      ->type_name("FILE")
      ->needs(certificate);
}

// What `weir cp` is given, before it is looked at.
struct Places {
  std::vector<std::string> places;  // SOURCE... DEST
  std::vector<std::string> tees;
  tool::TrustFiles trust;
  bool is_blind = false;
};

// CLI11 takes no name of two words, and has one option take all positionals.
class CopyFormatter final : public CLI::Formatter {
  static constexpr const char* kPlaces = "SOURCE... DEST";

  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    return is_positional ? kPlaces : Formatter::make_option_name(option, is_positional);
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->nonpositional() ? Formatter::make_option_opts(option) : " REQUIRED";
  }
  std::string make_option_usage(const CLI::Option*) const override { return kPlaces; }
};

void add_copy(CLI::App& command, Places& places, tool::CopyOptions& options) {
  command.formatter(std::make_shared<CopyFormatter>());
  command.add_option("SOURCE", places.places, "Sources, copied in order, then the destination")
      ->required()
      ->type_name("");
  command.footer(kEndpoints);
  command.add_option("--tee", places.tees, "Another destination, which gets all as well")
      ->type_name("DEST")
      ->expected(1)
      ->allow_extra_args(false)  // what follows is a SOURCE or the DEST
      ->take_all();
  command
      .add_option("--high-water-mark", options.high_water_mark,
                  "How much of it each destination buffers before the source pauses")
      ->transform(number<tool::parse_size>("a number of bytes (4096, 64K, 1M, 2G)"))
      ->type_name("SIZE");
  const auto add_filter = [&command](const std::string& flag, tool::Compression& direction,
                                     tool::Compression format, const std::string& what,
                                     const std::string& group) {
    command.add_flag_callback(
               flag, [&direction, format] { direction = format; }, what)
        ->group(group);
  };
  using tool::Compression;
  const std::string filters = "On the way";
  add_filter("--gunzip", options.decompress, Compression::gzip, "Decompress gzip", filters);
  add_filter("--unzstd", options.decompress, Compression::zstd, "Decompress zstd", filters);
  add_filter("--unbrotli", options.decompress, Compression::brotli, "Decompress brotli", filters);
  add_filter("--gzip", options.compress, Compression::gzip, "Compress, after that", filters);
  add_filter("--zstd", options.compress, Compression::zstd, "Compress, after that", filters);
  add_filter("--brotli", options.compress, Compression::brotli, "Compress, after that", filters);
  command.add_option("--level", options.level, "How hard to compress")
      ->type_name("N")
      ->group(filters);
  command
      .add_option("--ca", places.trust.authorities,
                  "Certificates in whose name HOST may prove itself, not the system's; with "
                  "tls-listen, who connects has to")
      ->type_name("FILE");
  command.add_flag("--insecure", places.is_blind, "Nobody need prove anything");
  add_certificate(command, places.trust,
                  "The certificate to show to who connects, or who asks for one");
  command.add_flag("--post", options.post, "POST to a URL, not PUT");
  command.add_flag("--in-place", options.in_place,
                   "Write to the file itself, not to a new one that takes its place at the end");
  command.add_flag("--sync", options.sync, "Have it on the disk before it ends");
  command.add_flag("--plain", options.plain,
                   "Move every byte through the program, also where the system could copy it");
  command.add_flag("--pool", options.pool, "Read and write through the thread pool alone");
  command.add_flag("--json", options.json, "Print the summary as one JSON object");
}

void add_serve(CLI::App& command, tool::ServeOptions& options) {
  command.add_option("DIR", options.folder, "The folder")->required()->type_name("");
  command
      .add_option("--host", options.host,
                  "The address to listen at; 0.0.0.0 or :: for all, else this machine alone")
      ->type_name("HOST");
  command.add_option("--port", options.port, "The port, 8080 without; 0 is any, and told")
      ->type_name("PORT");
  add_certificate(command, options.trust, "Serve over TLS, with this certificate");
  command.add_flag("--quiet", options.quiet, "Do not print a line for every request");
  command.add_flag("--json", options.json, "Print that line as a JSON object");
}

void set_places(tool::CopyOptions& options, Places& places) {
  if (places.places.size() < 2) throw CLI::ValidationError("cp", "a SOURCE and a DEST are needed");
  const auto endpoint = [](std::string& place, const tool::StandardNames& names) {
    try {
      return tool::parse_endpoint(std::move(place), names);
    } catch (const weir::Error& error) {
      throw CLI::ValidationError("cp", error.what());
    }
  };
  options.destinations.push_back(endpoint(places.places.back(), tool::kOutputNames));
  places.places.pop_back();
  for (std::string& place : places.places)
    options.sources.push_back(endpoint(place, tool::kInputNames));
  for (std::string& tee : places.tees)
    options.destinations.push_back(endpoint(tee, tool::kOutputNames));
  if (!places.trust.certificate.empty()) return;
  for (const auto* const endpoints : {&options.sources, &options.destinations})
    for (const tool::Endpoint& each : *endpoints)
      if (each.is_encrypted && each.kind == tool::Endpoint::Kind::listen)
        throw CLI::ValidationError("cp",
                                   fmt::format("'{}': it needs a certificate, --cert", each.name));
}

std::string usage_error(const CLI::App* app, const CLI::Error& error) {
  std::string what = error.what();
  if (const auto unknown = app->remaining(); !unknown.empty() && app->get_subcommands().empty())
    what = fmt::format("'{}' is not a command", unknown.front());
  return fmt::format("weir: {}\nTry 'weir --help'.\n", what);
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_descriptors();
  // The write that meets them says so.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);

  CLI::App app("Writes, copies and serves files through weir's streams and tells how it went.",
               "weir");
  app.set_version_flag("--version", fmt::format("weir {}", WEIR_VERSION));
  app.require_subcommand(1);
  app.failure_message(&usage_error);

  tool::Options options;
  std::uint64_t count = 0;
  bool verify = false;
  CLI::App* lines = app.add_subcommand("lines", "Write N numbered lines to FILE");
  lines->add_option("N", count, "How many lines")
      ->required()
      ->transform(number<tool::parse_count>("a number of lines"))
      ->type_name("");
  add_common(*lines, options);
  lines->add_flag("--verify", verify, "Read the file back and compare every line");
  CLI::App* write = app.add_subcommand("write", "Write standard input to FILE");
  add_common(*write, options);
  Places places;
  tool::CopyOptions copy_options;
  CLI::App* cp = app.add_subcommand("cp", "Copy SOURCEs to DEST, by streams");
  add_copy(*cp, places, copy_options);
  tool::ServeOptions serve_options;
  CLI::App* serve = app.add_subcommand("serve", "Serve the files of DIR over HTTP");
  add_serve(*serve, serve_options);

  try {
    app.parse(argc, argv);
    if (verify && options.to_stdout())
      throw CLI::ValidationError("--verify", "standard output cannot be read back");
    if (*cp) set_places(copy_options, places);
  } catch (const CLI::ParseError& error) {
    std::ostringstream help;
    std::ostringstream complaint;
    const bool helped = app.exit(error, help, complaint) == 0;
    tool::say(stdout, help.str());
    tool::say(stderr, complaint.str());
    return helped ? tool::kDone : tool::kUsage;
  }
  try {
    if (*lines) return tool::write_lines(options, count, verify);
    if (*write) return tool::write_input(options);
    if (*serve) return tool::serve(serve_options);
    copy_options.trust = tool::make_trust(places.trust, places.is_blind);
    return tool::copy(std::move(copy_options));
  } catch (const std::bad_alloc&) {
    tool::complain("ENOMEM: not enough memory");
  } catch (const std::exception& error) {
    tool::complain(error.what());
  }
  return tool::kFailed;
}
