#include <weir/stdio/color_depth.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <regex>
#include <span>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace weir {
namespace {

constexpr int kNone = 1;
constexpr int k16 = 4;
constexpr int k256 = 8;
constexpr int k16Million = 24;

class Variables {
 public:
  explicit Variables(const Environment& environment) : environment_(environment) {}

  bool has(std::string_view name) const { return environment_.contains(name); }
  // Empty if it is not set.
  std::string_view get(std::string_view name) const {
    const auto found = environment_.find(name);
    return found == environment_.end() ? std::string_view() : found->second;
  }

 private:
  const Environment& environment_;
};

bool matches(std::string_view text, const char* pattern) {
  return std::regex_search(text.begin(), text.end(), std::regex(pattern));
}

bool is_among(std::span<const char* const> names, std::string_view name) {
  return std::ranges::find(names, name, [](const char* each) { return std::string_view(each); }) !=
         names.end();
}

int forced(std::string_view value) {
  if (value.empty() || value == "1" || value == "true") return k16;
  if (value == "2") return k256;
  return value == "3" ? k16Million : kNone;
}

int of_ci_service(const Variables& variables) {
  struct Service {
    const char* name;
    int depth;
  };
  constexpr std::array kServices = {
      Service{"APPVEYOR", k256},
      Service{"BUILDKITE", k256},
      Service{"CIRCLECI", k16Million},
      Service{"DRONE", k256},
      Service{"GITEA_ACTIONS", k16Million},
      Service{"GITHUB_ACTIONS", k16Million},
      Service{"GITLAB_CI", k256},
      Service{"TRAVIS", k256},
  };
  for (const Service& service : kServices)
    if (variables.has(service.name)) return service.depth;
  return variables.get("CI_NAME") == "codeship" ? k256 : kNone;
}

std::optional<int> of_program(const Variables& variables) {
  const std::string_view program = variables.get("TERM_PROGRAM");
  if (program == "iTerm.app") {
    const std::string_view version = variables.get("TERM_PROGRAM_VERSION");
    return version.empty() || matches(version, "^[0-2]\\.") ? k256 : k16Million;
  }
  if (program == "HyperTerm" || program == "MacTerm") return k16Million;
  if (program == "Apple_Terminal") return k256;
  return std::nullopt;
}

std::optional<int> of_terminal(std::string_view name) {
  if (name.contains("truecolor")) return k16Million;
  if (name.starts_with("xterm-256")) return k256;
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array k16MillionNames = {"mosh", "rxvt-unicode-24bit", "terminator",
                                          "xterm-kitty"};
  if (is_among(k16MillionNames, lower)) return k16Million;
  constexpr std::array k16Names = {"eterm",  "cons25", "console", "cygwin",  "dtterm",
                                   "gnome",  "hurd",   "jfbterm", "konsole", "kterm",
                                   "mlterm", "putty",  "st"};
  if (is_among(k16Names, lower)) return k16;
  if (matches(lower, "ansi|color|linux|direct|^con[0-9]*x[0-9]|^rxvt|^screen|^xterm|^vt100|^vt220"))
    return k16;
  return std::nullopt;
}

}  // namespace

Environment process_environment() {
  Environment environment;
  for (char** entry = ::environ; entry && *entry; ++entry) {
    const std::string_view text(*entry);
    const std::size_t end = text.find('=');
    if (end == std::string_view::npos) continue;
    environment.emplace(text.substr(0, end), text.substr(end + 1));
  }
  return environment;
}

int color_depth(const Environment& environment) {
  const Variables variables(environment);
  const std::string_view terminal = variables.get("TERM");
  const std::string_view color = variables.get("COLORTERM");
  if (variables.has("FORCE_COLOR")) return forced(variables.get("FORCE_COLOR"));
  if (!variables.get("NODE_DISABLE_COLORS").empty() || !variables.get("NO_COLOR").empty() ||
      terminal == "dumb")
    return kNone;
  if (!variables.get("TMUX").empty()) return k16Million;
  if (variables.has("TF_BUILD") && variables.has("AGENT_NAME")) return k16;  // Azure DevOps
  if (variables.has("CI")) return of_ci_service(variables);
  if (variables.has("TEAMCITY_VERSION")) {
    const bool colors =
        matches(variables.get("TEAMCITY_VERSION"), "^(9\\.(0*[1-9]\\d*)\\.|\\d{2,}\\.)");
    return colors ? k16 : kNone;
  }
  if (const auto depth = of_program(variables)) return *depth;
  if (color == "truecolor" || color == "24bit") return k16Million;
  if (!terminal.empty())
    if (const auto depth = of_terminal(terminal)) return *depth;
  return color.empty() ? kNone : k16;
}

}  // namespace weir
