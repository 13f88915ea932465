// Any arguments of the command: they are accepted, or the answer is help or a complaint; nothing is
// opened, and nothing is printed.
//
// Each line of the input is an argument.
#include "weir/arguments.h"

#include "support/require.h"
#include "weir/nats.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The target is built without the sources of NATS, whose places are parsed all the same.
const bool tool::kHasNats = true;
bool tool::is_durable(const Endpoint&) { return false; }

namespace {

using weir::test::require;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines{"weir"};
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    // As of a process: an argument has no zero.
    lines.emplace_back(text.substr(0, end).substr(0, text.find('\0')));
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
  return lines;
}

void check_endpoint(const tool::Endpoint& endpoint) {
  using Kind = tool::Endpoint::Kind;
  require(endpoint.is_file() || !endpoint.name.empty());
  if (endpoint.kind == Kind::connect) require(!endpoint.path.empty() || !endpoint.host.empty());
  if (endpoint.is_encrypted && endpoint.is_socket()) require(endpoint.path.empty());
}

void check(const tool::Arguments& arguments) {
  using tool::Command;
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  for (const auto& mark : {arguments.lines.high_water_mark, arguments.copy.high_water_mark})
    require(mark.value_or(0) >= 0 && mark.value_or(0) <= kMost);
  switch (arguments.command) {
    case Command::lines:
      require(!arguments.verify || !arguments.lines.to_stdout());
      break;
    case Command::copy:
      require(!arguments.copy.sources.empty() && !arguments.copy.destinations.empty());
      require(arguments.places.trust.key.empty() || !arguments.places.trust.certificate.empty());
      for (const auto& each : arguments.copy.sources) check_endpoint(each);
      for (const auto& each : arguments.copy.destinations) check_endpoint(each);
      break;
    case Command::serve:
      require(arguments.serve.log_format == tool::ServeOptions().log_format ||
              !arguments.serve.access_log.empty());
      break;
    case Command::log:
      require(arguments.log.max_size != 0u && !tool::kOutputNames.contains(arguments.log.file));
      break;
    case Command::inspect:
      require(!arguments.inspect.places.empty());
      break;
    case Command::write:
    case Command::top:
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> lines = lines_of(input);
  std::vector<const char*> words;
  for (const std::string& line : lines) words.push_back(line.c_str());

  tool::Arguments arguments;
  const auto answer = tool::parse(static_cast<int>(words.size()), words.data(), arguments);
  if (!answer) {
    check(arguments);
  } else if (answer->status == 0) {
    require(!answer->text.empty() && answer->complaint.empty());
  } else {
    require(answer->text.empty() && answer->complaint.starts_with("weir: "));
  }
  return 0;
}
