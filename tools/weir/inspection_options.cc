#include "weir/inspection_options.h"

#include "weir/formatter.h"
#include "weir/numbers.h"
#include <weir/weir.h>

#include <csignal>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tool {
namespace {

constexpr const char* kGroup = "Insight";
// The value of a flag that is given without one, in CLI11.
constexpr std::string_view kGiven = "true";

void set_port(InspectionOptions& options, const std::string& text) {
  const auto port =
      text == kGiven ? std::optional<std::uint64_t>(weir::Inspector::kPort) : parse_count(text);
  if (!port || *port > std::numeric_limits<std::uint16_t>::max())
    throw CLI::ValidationError("--inspect", fmt::format("'{}' is not a port", text));
  options.port = static_cast<std::uint16_t>(*port);
}

void set_signal(InspectionOptions& options, std::string_view name) {
  const std::string_view given = name;
  if (name.starts_with("SIG")) name.remove_prefix(3);
  if (name == "USR1" || name == kGiven)
    options.dump_signal = SIGUSR1;
  else if (name == "USR2")
    options.dump_signal = SIGUSR2;
  else
    throw CLI::ValidationError("--dump-on", fmt::format("'{}' is not USR1 or USR2", given));
}

}  // namespace

void add_inspection(CLI::App& command, InspectionOptions& options) {
  CLI::Option* const inspect = add_flag_with_value(
      command, "--inspect", "[=PORT]",
      [&options](const std::string& text) { set_port(options, text); },
      "Show the streams live on a page of 127.0.0.1, and print its address (default port 9229; 0 "
      "picks a free one)");
  inspect->group(kGroup);
  command
      .add_option("--inspect-host", options.host,
                  "Serve the page on this address instead, which other machines may reach; needs "
                  "the token in the printed address")
      ->type_name("HOST")
      ->needs(inspect)
      ->group(kGroup);
  command
      .add_option("--inspect-token", options.token,
                  "Serve the page only to requests with this token; random with --inspect-host")
      ->type_name("TOKEN")
      ->needs(inspect)
      ->group(kGroup);
  command
      .add_flag("--inspect-pause", options.allows_pause,
                "Let the page pause and resume the streams that are read")
      ->needs(inspect)
      ->group(kGroup);
  add_flag_with_value(
      command, "--dump-on", "[=SIGNAL]",
      [&options](const std::string& name) { set_signal(options, name); },
      "Print the open streams, and what each waits for, on standard error at this signal: USR1 "
      "(default) or USR2")
      ->group(kGroup);
}

}  // namespace tool
