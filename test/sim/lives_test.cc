// Simulated lives: every rule of streams holds in each of them. WEIR_SIM_LIVES says how many,
// WEIR_SIM_SEED which is the first.
#include "sim/http_life.h"
#include "sim/life.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::sim {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t usual) {
  const char* const asked = std::getenv(name);
  return asked ? std::strtoull(asked, nullptr, 10) : usual;
}

// The first seed whose life breaks a rule with this fault of the disk; 0: none.
std::uint64_t first_to_find(test::Planted planted, std::uint64_t most) {
  for (std::uint64_t seed = 1; seed <= most; ++seed) {
    Plan plan = plan_of(seed);
    plan.disk.planted = planted;
    if (!live(plan).is_good()) return seed;
  }
  return 0;
}

// Lives as many as the environment says, and counts their events.
template <auto plan_of>
void live_all(std::string_view option, std::uint64_t usual,
              std::initializer_list<const char*> kinds) {
  const std::uint64_t first = from_environment("WEIR_SIM_SEED", 1);
  const std::uint64_t count = from_environment("WEIR_SIM_LIVES", usual);
  std::map<std::string, std::size_t> counts;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Outcome outcome = live(plan_of(seed));
    for (const std::string& rule : outcome.broken)
      ADD_FAILURE() << "weir-sim " << option << seed << ": " << rule;
    if (testing::Test::HasFailure()) return;
    for (const auto& [kind, times] : outcome.counts) counts[kind] += times;
  }
  if (count < usual) return;
  // A life without events breaks no rule.
  for (const char* const kind : kinds) EXPECT_GT(counts[kind], 0u) << kind;
}

TEST(SimulatedLivesTest, KeepEveryRule) {
  live_all<plan_of>("", 700,
                    {"Close",
                     "Drain",
                     "End",
                     "Error",
                     "Finish",
                     "dropped Done",
                     "dropped Ref",
                     "failed close",
                     "failed end",
                     "failed fdatasync",
                     "failed fsync",
                     "failed open",
                     "failed pipeline",
                     "failed read",
                     "failed write",
                     "flush succeeded",
                     "full disk",
                     "inline read",
                     "inline write",
                     "interrupted call",
                     "loss of power after a sync",
                     "record accepted",
                     "record dropped",
                     "record refused",
                     "record waits",
                     "refused write",
                     "short read",
                     "short write",
                     "slow inline write",
                     "stuck call",
                     "sync failed",
                     "sync succeeded",
                     "whole pipeline",
                     "write failed",
                     "write returned false",
                     "write succeeded",
                     "write without progress",
                     "connection",
                     "lost connection",
                     "reset connection"});
}

TEST(SimulatedLivesTest, OfHttpKeepEveryRule) {
  live_all<http_plan_of>("--http ", 300,
                         {"End",
                          "Error of a message",
                          "answer chunked",
                          "answer cut",
                          "answer early",
                          "answer echo",
                          "answer file",
                          "answer late",
                          "answer whole",
                          "client leaves",
                          "failed read",
                          "lost connection",
                          "peer cut head",
                          "peer garbage",
                          "peer huge head",
                          "peer pipelined",
                          "peer slow head",
                          "peer unread",
                          "reset connection",
                          "response"});
}

TEST(SimulatedLivesTest, AreTheSameForTheSameSeed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Outcome first = live(plan_of(seed));
    const Outcome second = live(plan_of(seed));
    EXPECT_EQ(first.counts, second.counts) << seed;
    EXPECT_EQ(first.turns, second.turns) << seed;
    EXPECT_EQ(live(http_plan_of(seed)).counts, live(http_plan_of(seed)).counts) << seed;
  }
}

TEST(SimulatedLivesTest, FindEachFaultThatIsPlantedInTheDisk) {
  constexpr std::uint64_t kMost = 100;
  EXPECT_NE(first_to_find(test::Planted::sync_does_nothing, kMost), 0u);
  EXPECT_NE(first_to_find(test::Planted::write_skips_a_byte, kMost), 0u);
  EXPECT_NE(first_to_find(test::Planted::write_claims_too_much, kMost), 0u);
  EXPECT_NE(first_to_find(test::Planted::write_goes_elsewhere, kMost), 0u);
  EXPECT_NE(first_to_find(test::Planted::read_repeats, kMost), 0u);
}

TEST(SimulatedLivesTest, AreReducedToTheStepsThatBreakTheRule) {
  constexpr std::uint64_t kMost = 100;
  Plan plan = plan_of(first_to_find(test::Planted::write_skips_a_byte, kMost));
  plan.disk.planted = test::Planted::write_skips_a_byte;
  const Plan reduced = reduce(plan);
  EXPECT_FALSE(live(reduced).is_good());
  EXPECT_LE(reduced.steps.size(), 3u);
  for (const Step& step : reduced.steps) SCOPED_TRACE(describe(step));
}

}  // namespace
}  // namespace weir::sim
