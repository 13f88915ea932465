#include "sim/http_plan.h"

#include <chrono>

#include <fmt/format.h>

namespace weir::sim {
namespace {

constexpr std::size_t kBodySizes[] = {0, 1, 100, 1'000, 4'096, 16'384, 20'000, 60'000};
constexpr std::size_t kChunks[] = {1, 77, 1'000, 5'000, 20'000};
constexpr std::int64_t kHttpMarks[] = {1, 100, 4'096, 16'384, 65'536};
constexpr std::size_t kHttpWindows[] = {1'000, 5'000, 65'536, 1'000'000};

Exchange exchange_of(Random& random, Weather weather) {
  Exchange exchange{.start = static_cast<unsigned>(random.below(3'000)),
                    .has_length = random.chance(50),
                    .answer = static_cast<Answer>(random.below(6)),
                    .response_size = random.pick(kBodySizes),
                    .chunk = random.pick(kChunks),
                    .reading = static_cast<Reading>(random.below(3))};
  if (random.chance(50)) exchange.request_size = random.pick(kBodySizes);
  // Not so much that small chunks take a long time.
  while (exchange.response_size > exchange.chunk * 300) exchange.response_size /= 10;
  if (weather == Weather::calm) return exchange;
  if (random.chance(10)) exchange.answer = Answer::cut;
  if (random.chance(10)) exchange.reading = Reading::leave;
  if (random.chance(10)) exchange.leaves_after = static_cast<unsigned>(random.between(1, 5'000));
  return exchange;
}

}  // namespace

std::string_view name_of(Answer answer) {
  constexpr std::string_view kNames[] = {"whole", "chunked", "echo", "file",
                                         "late",  "early",   "cut"};
  return kNames[static_cast<std::size_t>(answer)];
}

std::string_view name_of(Behavior behavior) {
  constexpr std::string_view kNames[] = {"pipelined", "garbage",   "cut head",
                                         "slow head", "huge head", "unread"};
  return kNames[static_cast<std::size_t>(behavior)];
}

std::string describe(const Exchange& exchange) {
  return fmt::format("{} bytes, answered {} with {}", exchange.request_size,
                     name_of(exchange.answer), exchange.response_size);
}

HttpPlan http_plan_of(std::uint64_t seed) {
  Random random(seed ^ 0x68747470);
  HttpPlan plan{.seed = seed};
  plan.weather = random.chance(45)   ? Weather::calm
                 : random.chance(75) ? Weather::stormy
                                     : Weather::doomed;
  plan.net = {.latency = std::chrono::milliseconds(random.below(60)),
              .window = random.pick(kHttpWindows),
              .short_send = random.chance(50) ? 30U : 0U,
              .short_receive = random.chance(50) ? 30U : 0U};
  plan.disk = {.late = 30, .uncached = 30, .short_read = 30};
  if (random.chance(60)) plan.high_water_mark = random.pick(kHttpMarks);
  plan.keep_alive = random.chance(60);
  if (random.chance(40)) plan.max_sockets = random.between(1, 3);
  if (plan.weather != Weather::calm) {
    if (random.chance(50)) plan.net.lost_after = random.between(1, 60'000);
    plan.disk.open_fails = plan.disk.read_fails = 10;
  }
  if (plan.weather == Weather::doomed) plan.doom = static_cast<unsigned>(random.below(6'000));
  for (std::size_t count = random.between(1, 10); count > 0; --count)
    plan.exchanges.push_back(exchange_of(random, plan.weather));
  for (std::size_t count = random.below(4); count > 0; --count)
    plan.peers.push_back({.start = static_cast<unsigned>(random.below(3'000)),
                          .behavior = static_cast<Behavior>(random.below(6)),
                          .choice = random.next()});
  return plan;
}

}  // namespace weir::sim
