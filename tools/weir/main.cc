// The weir command: writes, copies, logs and serves with weir's streams, and reports the result.

#include "weir/conclude.h"
#include "weir/copy.h"
#include "weir/endpoint.h"
#include "weir/formatter.h"
#include "weir/inspect.h"
#include "weir/inspection_options.h"
#include "weir/line_options.h"
#include "weir/lines.h"
#include "weir/log.h"
#include "weir/numbers.h"
#include "weir/say.h"
#include "weir/serve.h"
#include "weir/top.h"
#include "weir/trust.h"
#include "weir/watch_options.h"
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

// The next file that is opened would get the number of a closed standard descriptor, and messages
// would be written to that file. Opened for the wrong direction, its use still fails with EBADF.
void hold_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0)
      static_cast<void>(::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

// Replaces an argument such as "64K" by its plain number, or rejects it.
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

void add_common(CLI::App& command, tool::LineOptions& options) {
  command.add_option("FILE", options.file, "File to write; - is standard output")
      ->required()
      ->type_name("");
  command
      .add_option("--high-water-mark", options.high_water_mark,
                  "Buffer size at which the source pauses, in bytes, or as 64K, 1M, 2G")
      ->transform(number<tool::parse_size>("a number of bytes (4096, 64K, 1M, 2G)"))
      ->type_name("SIZE");
  command.add_flag("--append", options.append,
                   "Append to the file instead of replacing its content");
  command.add_flag("--sync", options.sync, "Sync the file to the disk before exiting");
  command.add_flag("--pool", options.pool,
                   "Write only from the thread pool, never from the loop's thread");
  command.add_flag("--json", options.json, "Print the summary as one JSON object");
  tool::add_inspection(command, options.inspection);
}

constexpr const char* kEndpoints = R"(SOURCE, DEST:
  FILE                        File; write ./NAME if NAME looks like one of the forms below
  -                           Standard input or standard output
  tcp://HOST:PORT             Connect to a TCP server; write an IPv6 address in brackets
  tcp-listen://[HOST]:PORT    Accept one TCP connection; port 0 picks a free port and prints it
  unix:PATH                   Connect to a unix socket
  unix-listen:PATH            Accept one connection to a unix socket
  tls://HOST:PORT             Connect with TLS; verify that the certificate is valid for HOST
  tls-listen://[HOST]:PORT    Accept one TLS connection; requires --cert
  http://HOST[:PORT]/PATH     Download the URL with GET, or upload to it with PUT; also https://
  nats://HOST[,HOST...]/NAME  Publish each line to the subject NAME; of a SOURCE, read the messages of
                              the JetStream stream NAME as lines; also nats+tls://

A SOURCE of NATS may end with ?OPTION=VALUE&...:
  durable=ID                  Continue FILE where the last run with this ID left it, even if it was killed
  from=first|last|new|N       Begin with the first or last message, with new ones, or with sequence N
  subject=SUBJECT             Read only messages of these subjects; * and > are wildcards
A DEST of NATS may end with:
  stream=NAME                 Create this JetStream stream for the subject, unless it exists
  replicas=N                  Keep it on N servers of the cluster (default 1)
)";

// The arguments of `weir cp` before they are parsed.
struct Places {
  std::vector<std::string> places;  // SOURCE... DEST
  std::vector<std::string> tees;
  tool::TrustFiles trust;
  bool is_blind = false;
};

// CLI11 accepts no name of two words, and one option takes all positionals.
class CopyFormatter final : public tool::HelpFormatter {
  static constexpr const char* kPlaces = "SOURCE... DEST";

  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    return is_positional ? kPlaces : HelpFormatter::make_option_name(option, is_positional);
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->nonpositional() ? HelpFormatter::make_option_opts(option) : " REQUIRED";
  }
  std::string make_option_usage(const CLI::Option*) const override { return kPlaces; }
};

tool::CopyProgress progress_of(const std::string& how) {
  if (how == "bars") return tool::CopyProgress::bars;
  if (how == "none") return tool::CopyProgress::none;
  if (how == "line" || how == "true") return tool::CopyProgress::line;
  throw CLI::ValidationError("--progress", fmt::format("'{}' is not line, bars or none", how));
}

void add_copy(CLI::App& command, Places& places, tool::CopyOptions& options) {
  command.formatter(std::make_shared<CopyFormatter>());
  command.add_option("SOURCE", places.places, "Sources, copied in order, then the destination")
      ->required()
      ->type_name("");
  command.footer(kEndpoints);
  command.add_option("--tee", places.tees, "Write to this destination as well; repeatable")
      ->type_name("DEST")
      ->expected(1)
      ->allow_extra_args(false)  // the next argument is a SOURCE or the DEST
      ->take_all();
  command
      .add_option("--high-water-mark", options.high_water_mark,
                  "Buffer size of a destination at which the source pauses")
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
  const std::string filters = "Filters";
  add_filter("--gunzip", options.decompress, Compression::gzip, "Decompress gzip data", filters);
  add_filter("--unzstd", options.decompress, Compression::zstd, "Decompress zstd data", filters);
  add_filter("--unbrotli", options.decompress, Compression::brotli, "Decompress brotli data",
             filters);
  add_filter("--gzip", options.compress, Compression::gzip,
             "Compress with gzip, after any decompression", filters);
  add_filter("--zstd", options.compress, Compression::zstd,
             "Compress with zstd, after any decompression", filters);
  add_filter("--brotli", options.compress, Compression::brotli,
             "Compress with brotli, after any decompression", filters);
  command
      .add_option("--level", options.level,
                  "Compression level: gzip 0 to 9, zstd up to 22, brotli 0 to 11")
      ->type_name("N")
      ->group(filters);
  command
      .add_option(
          "--ca", places.trust.authorities,
          "CA certificates to trust instead of the system's (PEM); with tls-listen, require and "
          "verify a client certificate")
      ->type_name("FILE");
  command.add_flag("--insecure", places.is_blind, "Accept any certificate without verification");
  tool::add_certificate(command, places.trust, "Certificate to present to the peer (PEM)");
  command.add_flag("--post", options.post, "Upload with POST instead of PUT");
  command.add_flag("--in-place", options.in_place,
                   "Write into the existing file instead of replacing it at the end");
  command.add_flag("--sync", options.sync, "Sync the files to the disk before exiting");
  command.add_flag("--follow", options.follow,
                   "Read messages of NATS as they come, until interrupted");
  command.add_flag("--plain", options.plain,
                   "Read and write every byte instead of letting the kernel copy files");
  command.add_flag("--pool", options.pool, "Read and write files only from the thread pool");
  command.add_flag("--json", options.json, "Print the summary as one JSON object");
  tool::add_flag_with_value(
      command, "--progress", "[=HOW]",
      [&options](const std::string& how) { options.progress = progress_of(how); },
      "Show the progress on a terminal as one line (default), as \"bars\", with the level of each "
      "destination, or as \"none\"");
  tool::add_inspection(command, options.inspection);
}

void add_log(CLI::App& command, tool::LogOptions& options) {
  const auto size = number<tool::parse_size>("a number of bytes (4096, 64K, 1M, 2G)");
  const auto time = number<tool::parse_time>("a time (500ms, 1s, 5m, 24h, 7d)");
  command.add_option("FILE", options.file, "Log file to append to")->required()->type_name("");
  const std::string rotation = "Rotation";
  command
      .add_option("--rotate", options.max_size,
                  "Start a new file before a line that would make this one longer")
      ->transform(size)
      ->type_name("SIZE")
      ->group(rotation);
  command
      .add_option("--every", options.every,
                  "Start a new file each time this has passed since the start (1s, 24h, 7d)")
      ->transform(time)
      ->type_name("TIME")
      ->group(rotation);
  command.add_option("--keep", options.keep, "Keep N rotated files and remove older ones")
      ->transform(number<tool::parse_count>("a number of files"))
      ->type_name("N")
      ->group(rotation);
  CLI::Option* const gzip = command.add_flag_callback(
      "--gzip", [&] { options.compress = tool::Compression::gzip; },
      "Compress rotated files with gzip");
  gzip->group(rotation);
  command
      .add_flag_callback(
          "--zstd", [&] { options.compress = tool::Compression::zstd; },
          "Compress rotated files with zstd")
      ->group(rotation)
      ->excludes(gzip);
  command
      .add_option("--high-water-mark", options.high_water_mark,
                  "Buffer size at which the source waits, in bytes, or as 64K, 1M, 2G")
      ->transform(size)
      ->type_name("SIZE");
  command
      .add_option("--wait", options.wait,
                  "Longest time that the source waits; after it, drop lines and log their number")
      ->transform(time)
      ->type_name("TIME");
  command
      .add_option("--sync", options.sync_every,
                  "Sync the file to the disk at most this time after a write")
      ->transform(time)
      ->type_name("TIME");
  command.add_flag("--stamp", options.stamp, "Put the time (UTC) before each line");
  tool::add_inspection(command, options.inspection);
  command.footer("SIGHUP reopens FILE, for logrotate.\n");
}

void set_places(tool::CopyOptions& options, Places& places) {
  if (places.places.size() < 2) throw CLI::ValidationError("cp", "SOURCE and DEST are required");
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
        throw CLI::ValidationError(
            "cp", fmt::format("'{}': a certificate is required, --cert FILE", each.name));
}

void check(const tool::LogOptions& options) {
  if (tool::kOutputNames.contains(options.file))
    throw CLI::ValidationError("FILE", "standard output cannot be rotated");
  if (options.max_size == 0) throw CLI::ValidationError("--rotate", "the size is at least 1");
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
  // The write that would raise them reports EPIPE or EFBIG instead.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);

  CLI::App app("Write, copy, log and serve files with weir's streams.", "weir");
  app.set_version_flag("--version", fmt::format("weir {}", WEIR_VERSION));
  app.require_subcommand(1);
  app.failure_message(&usage_error);
  app.formatter(std::make_shared<tool::HelpFormatter>());

  tool::LineOptions options;
  std::uint64_t count = 0;
  bool verify = false;
  CLI::App* lines = app.add_subcommand("lines", "Write N numbered lines to FILE");
  lines->add_option("N", count, "Number of lines")
      ->required()
      ->transform(number<tool::parse_count>("a number of lines"))
      ->type_name("");
  add_common(*lines, options);
  lines->add_flag("--verify", verify, "Read the file back and compare every line");
  CLI::App* write = app.add_subcommand("write", "Write standard input to FILE");
  add_common(*write, options);
  Places places;
  tool::CopyOptions copy_options;
  CLI::App* cp = app.add_subcommand("cp", "Copy SOURCEs, in order, to DEST");
  add_copy(*cp, places, copy_options);
  tool::ServeOptions serve_options;
  CLI::App* serve = app.add_subcommand("serve", "Serve a directory over HTTP");
  tool::add_serve(*serve, serve_options);
  tool::LogOptions log_options;
  CLI::App* log = app.add_subcommand("log", "Write standard input to a log file that rotates");
  add_log(*log, log_options);
  tool::InspectOptions inspect_options;
  CLI::App* inspect = app.add_subcommand("inspect", "Show several processes on one page");
  tool::add_inspect(*inspect, inspect_options);
  tool::TopOptions top_options;
  CLI::App* top = app.add_subcommand("top", "Show the streams of a process in the terminal");
  tool::add_top(*top, top_options);

  try {
    app.parse(argc, argv);
    if (verify && options.to_stdout())
      throw CLI::ValidationError("--verify", "standard output cannot be read back");
    if (*cp) set_places(copy_options, places);
    if (*log) check(log_options);
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
    if (*log) return tool::write_log(log_options);
    if (*inspect) return tool::inspect(inspect_options);
    if (*top) return tool::top(top_options);
    copy_options.trust = tool::make_trust(places.trust, places.is_blind);
    return tool::copy(std::move(copy_options));
  } catch (const std::bad_alloc&) {
    tool::complain("ENOMEM: not enough memory");
  } catch (const std::exception& error) {
    tool::complain(error.what());
  }
  return tool::kFailed;
}
