#include "weir/copy_arguments.h"

#include "weir/endpoint.h"
#include "weir/formatter.h"
#include "weir/inspection_options.h"
#include "weir/nats.h"
#include "weir/number_argument.h"
#include "weir/numbers.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace tool {
namespace {

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
  nats://HOST[,HOST...]/NAME  As DEST, publish each line to the subject NAME; as SOURCE, read the
                              messages of the JetStream stream NAME as lines; also nats+tls://
  nats://HOST/BUCKET/OBJECT   With --whole, write or read an object of a bucket; add the SOURCE's file
                              name to a DEST without OBJECT, or one that ends with /

A SOURCE of NATS may end with ?OPTION=VALUE&...:
  durable=ID                  Continue the DEST file where the last run with this ID stopped, even if it was killed
  from=first|last|new|N       Begin with the first or last message, with new ones, or with sequence N
  subject=SUBJECT             Read only messages of these subjects; * and > are wildcards
A DEST of NATS may end with:
  stream=NAME                 Create this JetStream stream for the subject, unless it exists
  replicas=N                  Keep it on N servers of the cluster (default 1); with --whole, create the
                              bucket on N servers, unless it exists
)";

// CLI11 accepts no name of two words, and one option takes all positionals.
class CopyFormatter final : public HelpFormatter {
  static constexpr const char* kPlaces = "SOURCE... DEST";

  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    return is_positional ? kPlaces : HelpFormatter::make_option_name(option, is_positional);
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->nonpositional() ? HelpFormatter::make_option_opts(option) : " REQUIRED";
  }
  std::string make_option_usage(const CLI::Option*) const override { return kPlaces; }
};

CopyProgress progress_of(const std::string& how) {
  if (how == "bars") return CopyProgress::bars;
  if (how == "none") return CopyProgress::none;
  if (how == "line" || how == "true") return CopyProgress::line;
  throw CLI::ValidationError("--progress", fmt::format("'{}' is not line, bars or none", how));
}

void add_filters(CLI::App& command, CopyOptions& options) {
  constexpr const char* kFilters = "Filters";
  const auto add_filter = [&command](const std::string& flag, Compression& direction,
                                     Compression format, const std::string& what) {
    CLI::Option* const option =
        command.add_flag_callback(flag, [&direction, format] { direction = format; }, what);
    option->group(kFilters);
    return option;
  };
  const auto exclude_each_other = [](CLI::Option* a, CLI::Option* b, CLI::Option* c) {
    a->excludes(b);
    a->excludes(c);
    b->excludes(c);
  };
  CLI::Option* const gunzip =
      add_filter("--gunzip", options.decompress, Compression::gzip, "Decompress gzip data");
  CLI::Option* const unzstd =
      add_filter("--unzstd", options.decompress, Compression::zstd, "Decompress zstd data");
  exclude_each_other(
      gunzip, unzstd,
      add_filter("--unbrotli", options.decompress, Compression::brotli, "Decompress brotli data"));
  CLI::Option* const gzip = add_filter("--gzip", options.compress, Compression::gzip,
                                       "Compress with gzip, after any decompression");
  CLI::Option* const zstd = add_filter("--zstd", options.compress, Compression::zstd,
                                       "Compress with zstd, after any decompression");
  exclude_each_other(gzip, zstd,
                     add_filter("--brotli", options.compress, Compression::brotli,
                                "Compress with brotli, after any decompression"));
  command
      .add_option("--level", options.level,
                  "Compression level: gzip 0 to 9, zstd up to 22, brotli 0 to 11")
      ->type_name("N")
      ->group(kFilters);
}

void require_nats(const std::string& flag, const CopyOptions& options) {
  if (std::ranges::none_of(options.sources, &Endpoint::is_nats) &&
      std::ranges::none_of(options.destinations, &Endpoint::is_nats))
    throw CLI::ValidationError(flag, "no SOURCE and no DEST is of NATS");
}

// A file that is replaced takes its name at the end, which a copy that follows does not have.
void check_follow(const CopyOptions& options) {
  if (std::ranges::none_of(options.sources, &Endpoint::is_nats))
    throw CLI::ValidationError("--follow", "no SOURCE is of NATS");
  if (!options.in_place && std::ranges::any_of(options.destinations, &Endpoint::is_file) &&
      std::ranges::none_of(options.sources, is_durable))
    throw CLI::ValidationError("--follow", "a file needs --in-place, or durable= in the SOURCE");
}

void refuse_whole(const CopyOptions& options) {
  if (options.follow) throw CLI::ValidationError("--whole", "an object cannot be followed");
  require_nats("--whole", options);
}

}  // namespace

void add_copy(CLI::App& command, Places& places, CopyOptions& options) {
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
      ->transform(number<parse_size>("a number of bytes (4096, 64K, 1M, 2G)"))
      ->type_name("SIZE");
  add_filters(command, options);
  command
      .add_option(
          "--ca", places.trust.authorities,
          "CA certificates to trust instead of the system's (PEM); with tls-listen, require and "
          "verify a client certificate")
      ->type_name("FILE");
  command.add_flag("--insecure", places.is_blind, "Accept any certificate without verification");
  add_certificate(command, places.trust, "Certificate to present to the peer (PEM)");
  command
      .add_option("--creds", options.credentials,
                  "Credentials file of a NATS user, as nsc writes it")
      ->type_name("FILE");
  command.add_flag("--post", options.post, "Upload with POST instead of PUT");
  command.add_flag("--in-place", options.in_place,
                   "Write into the existing file instead of replacing it at the end");
  command.add_flag("--sync", options.sync, "Sync the files to the disk before exiting");
  command.add_flag("--follow", options.follow,
                   "Read messages of NATS as they come, until interrupted");
  command.add_flag("--whole", options.whole,
                   "Write or read one object of a NATS bucket, instead of one message per line");
  command.add_flag("--plain", options.plain,
                   "Read and write every byte instead of letting the kernel copy files");
  command.add_flag("--pool", options.pool, "Read and write files only from the thread pool");
  command.add_flag("--json", options.json, "Print the summary as one JSON object");
  add_flag_with_value(
      command, "--progress", "[=HOW]",
      [&options](const std::string& how) { options.progress = progress_of(how); },
      "Show the progress on a terminal as one line (default), as \"bars\", with the level of each "
      "destination, or as \"none\"");
  add_inspection(command, options.inspection);
}

void set_places(CopyOptions& options, Places& places) {
  if (places.places.size() < 2) throw CLI::ValidationError("cp", "SOURCE and DEST are required");
  const auto endpoint = [](std::string& place, const StandardNames& names) {
    try {
      return parse_endpoint(std::move(place), names);
    } catch (const weir::Error& error) {
      throw CLI::ValidationError("cp", error.what());
    }
  };
  options.destinations.push_back(endpoint(places.places.back(), kOutputNames));
  places.places.pop_back();
  for (std::string& place : places.places) options.sources.push_back(endpoint(place, kInputNames));
  for (std::string& tee : places.tees) options.destinations.push_back(endpoint(tee, kOutputNames));
  if (options.whole) refuse_whole(options);
  if (options.follow) check_follow(options);
  if (!options.credentials.empty()) require_nats("--creds", options);
  if (!places.trust.certificate.empty()) return;
  for (const auto* const endpoints : {&options.sources, &options.destinations})
    for (const Endpoint& each : *endpoints)
      if (each.is_encrypted && each.kind == Endpoint::Kind::listen)
        throw CLI::ValidationError(
            "cp", fmt::format("'{}': a certificate is required, --cert FILE", each.name));
}

}  // namespace tool
