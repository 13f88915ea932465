// weir-sim - lives simulated lives: streams on a disk that fails, in time that is stepped.
//
//   weir-sim 42                     the story of one life, step by step
//   weir-sim --reduce 42            of a life that breaks a rule: only the steps that it needs
//   weir-sim --lives 10000 --seed 1 many lives; prints the seed of each that breaks a rule
//   weir-sim --first 10000          the same, up to the first of these
//   weir-sim --http ...             lives of an HTTP server and its clients
#include "sim/http_life.h"
#include "sim/life.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace {

using namespace weir::sim;

constexpr std::string_view kUsage =
    "usage: weir-sim [--http] [--reduce] SEED\n"
    "       weir-sim [--http] --lives N | --first N [--seed FIRST]\n"
    "\n"
    "Lives simulated lives: random programs on streams whose disk, ends and time are simulated,\n"
    "with the rules of streams examined after each step.\n"
    "\n"
    "  SEED          Tell the story of this life\n"
    "  --http        Live lives of an HTTP server and its clients instead\n"
    "  --reduce      Leave out the steps that are not needed to break a rule\n"
    "  --lives N     Live the lives FIRST to FIRST+N-1, and report those that break a rule\n"
    "  --first N     The same, up to the first that breaks one\n"
    "  --seed FIRST  The first of them (1)\n"
    "\n"
    "Exit status: 0 if no rule was broken, 1 if one was, 2 for wrong arguments.\n";

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t lives = 0;  // 0: tell one
  bool stops = false;       // at the first that breaks a rule
  bool reduces = false;
  bool is_http = false;
  bool is_valid = false;
};

bool parse(const char* text, std::uint64_t& number) {
  char* end = nullptr;
  number = std::strtoull(text, &end, 10);
  return end != text && *end == '\0';
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  bool has_seed = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--reduce") {
      arguments.reduces = true;
    } else if (argument == "--http") {
      arguments.is_http = true;
    } else if ((argument == "--lives" || argument == "--first") && i + 1 < argc) {
      arguments.stops = argument == "--first";
      if (!parse(argv[++i], arguments.lives) || arguments.lives == 0) return arguments;
    } else if (argument == "--seed" && i + 1 < argc) {
      if (!parse(argv[++i], arguments.seed)) return arguments;
    } else if (!has_seed && parse(argv[i], arguments.seed)) {
      has_seed = true;
    } else {
      return arguments;
    }
  }
  arguments.is_valid = has_seed != (arguments.lives > 0);
  return arguments;
}

template <auto plan_of>
int tell_one(const Arguments& arguments) {
  auto plan = plan_of(arguments.seed);
  if (arguments.reduces) plan = reduce(std::move(plan));
  const Outcome outcome = live(plan, World::Telling::aloud);
  fmt::print("{} turns, {} rules broken\n", outcome.turns, outcome.broken.size());
  return outcome.is_good() ? 0 : 1;
}

template <auto plan_of>
int live_many(const Arguments& arguments) {
  std::map<std::string, std::size_t> counts;
  std::uint64_t failed = 0;
  for (std::uint64_t seed = arguments.seed; seed < arguments.seed + arguments.lives; ++seed) {
    const Outcome outcome = live(plan_of(seed));
    for (const auto& [kind, count] : outcome.counts) counts[kind] += count;
    if (outcome.is_good()) continue;
    ++failed;
    fmt::print("weir-sim {}{}: {}\n", arguments.is_http ? "--http " : "", seed,
               outcome.broken.front());
    std::fflush(stdout);
    if (arguments.stops) return 1;
  }
  for (const auto& [kind, count] : counts) fmt::print("{:>12}  {}\n", count, kind);
  fmt::print("{} lives, {} broke a rule\n", arguments.lives, failed);
  return failed == 0 ? 0 : 1;
}

template <auto plan_of>
int run(const Arguments& arguments) {
  return arguments.lives > 0 ? live_many<plan_of>(arguments) : tell_one<plan_of>(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  if (!arguments.is_valid) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  return arguments.is_http ? run<http_plan_of>(arguments) : run<plan_of>(arguments);
}
