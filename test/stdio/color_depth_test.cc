#include <weir/stdio/color_depth.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace weir {
namespace {

struct Case {
  Environment environment;
  int depth;
};

// Results of Node 26.
const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {{}, 1},
      {{{"TERM", "dumb"}}, 1},
      {{{"TERM", "xterm"}}, 4},
      {{{"TERM", "xterm-256color"}}, 8},
      {{{"TERM", "XTERM-256color"}}, 4},
      {{{"TERM", "linux"}}, 4},
      {{{"TERM", "con80x25"}}, 4},
      {{{"TERM", "con"}}, 1},
      {{{"TERM", "Konsole"}}, 4},
      {{{"TERM", "mosh"}}, 24},
      {{{"TERM", "terminator"}}, 24},
      {{{"TERM", "st"}}, 4},
      {{{"TERM", "stx"}}, 1},
      {{{"TERM", "vt100"}}, 4},
      {{{"TERM", "vt220"}}, 4},
      {{{"TERM", "my-color"}}, 4},
      {{{"TERM", "rxvt-unicode-24bit"}}, 24},
      {{{"FORCE_COLOR", ""}}, 4},
      {{{"FORCE_COLOR", "1"}}, 4},
      {{{"FORCE_COLOR", "true"}}, 4},
      {{{"FORCE_COLOR", "2"}}, 8},
      {{{"FORCE_COLOR", "3"}}, 24},
      {{{"FORCE_COLOR", "0"}}, 1},
      {{{"FORCE_COLOR", "3"}, {"NO_COLOR", ""}}, 24},
      {{{"NO_COLOR", ""}, {"TERM", "xterm"}}, 4},
      {{{"NODE_DISABLE_COLORS", "1"}, {"TERM", "xterm"}}, 1},
      {{{"TMUX", "1"}, {"TERM", "vt100"}}, 24},
      {{{"TMUX", ""}, {"TERM", "vt100"}}, 4},
      {{{"CI", "1"}}, 1},
      {{{"CI", "1"}, {"TRAVIS", ""}}, 8},
      {{{"CI", "1"}, {"CI_NAME", "codeship"}}, 8},
      {{{"CI", ""}, {"TERM", "xterm"}}, 1},
      {{{"TEAMCITY_VERSION", "9.0.5 (build 32523)"}}, 1},
      {{{"TEAMCITY_VERSION", "9.1.0"}}, 4},
      {{{"TEAMCITY_VERSION", "8.5"}}, 1},
      {{{"TEAMCITY_VERSION", "10.2"}}, 4},
      {{{"TERM_PROGRAM", "iTerm.app"}}, 8},
      {{{"TERM_PROGRAM", "iTerm.app"}, {"TERM_PROGRAM_VERSION", "2.9"}}, 8},
      {{{"TERM_PROGRAM", "iTerm.app"}, {"TERM_PROGRAM_VERSION", "3.0"}}, 24},
      {{{"TERM_PROGRAM", "HyperTerm"}}, 24},
      {{{"TERM_PROGRAM", "MacTerm"}}, 24},
      {{{"TERM_PROGRAM", "Apple_Terminal"}}, 8},
      {{{"TERM_PROGRAM", "other"}, {"TERM", "xterm"}}, 4},
      {{{"COLORTERM", "truecolor"}}, 24},
      {{{"COLORTERM", "24bit"}, {"TERM", "xterm"}}, 24},
      {{{"COLORTERM", "yes"}}, 4},
      {{{"COLORTERM", "yes"}, {"TERM", "xterm-256color"}}, 8},
      {{{"TERM", "unknown"}}, 1},
      {{{"TERM", "xterm-kitty"}}, 24},
      {{{"TERM", "xterm-direct"}}, 4},
      {{{"TERM", "foot-direct"}}, 4},
      {{{"TERM", "my-truecolor"}}, 24},
      {{{"NO_COLOR", "1"}, {"TERM", "xterm"}}, 1},
      {{{"NODE_DISABLE_COLORS", ""}, {"TERM", "xterm"}}, 4},
      {{{"CI", "1"}, {"GITHUB_ACTIONS", "1"}}, 24},
      {{{"CI", "1"}, {"GITEA_ACTIONS", ""}}, 24},
      {{{"CI", "1"}, {"CIRCLECI", "1"}}, 24},
      {{{"CI", "1"}, {"GITLAB_CI", "1"}}, 8},
      {{{"TF_BUILD", "1"}, {"AGENT_NAME", ""}}, 4},
      {{{"TF_BUILD", "1"}, {"TERM", "unknown"}}, 1},
  };
  return all;
}

std::string shown(const Environment& environment) {
  std::string text;
  for (const auto& [name, value] : environment) text += name + "='" + value + "' ";
  return text;
}

TEST(ColorDepth, IsNodes) {
  for (const Case& each : cases())
    EXPECT_EQ(color_depth(each.environment), each.depth) << shown(each.environment);
}

TEST(ColorDepth, OfTheProcessIsThatOfItsVariables) {
  ::setenv("WEIR_TEST_VARIABLE", "a=b", 1);
  EXPECT_EQ(process_environment().at("WEIR_TEST_VARIABLE"), "a=b");
  ::unsetenv("WEIR_TEST_VARIABLE");
  EXPECT_FALSE(process_environment().contains("WEIR_TEST_VARIABLE"));
}

}  // namespace
}  // namespace weir
