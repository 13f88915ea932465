#include "sim/plan.h"

#include <array>
#include <chrono>
#include <iterator>

#include <fmt/format.h>

namespace weir::sim {
namespace {

constexpr std::string_view kActs[] = {
    "file_writer",  "sink_writer",    "rotating_writer",
    "file_reader",  "source_reader",  "connection",
    "pipe",         "producer",       "write",
    "write_many",   "produce",        "cork",
    "uncork",       "flush",          "sync",
    "end",          "end_with",       "close_file",
    "rotate",       "reopen",         "destroy",
    "fail",         "stop",           "drop",
    "flow",         "read_on_demand", "pause",
    "resume",       "unpipe",         "destroy",
    "fail",         "drop",           "write_record",
    "offer_record", "give_up",        "leave",
    "end_producer", "fill_disk",      "free_disk",
    "lose_power",   "compute",
};
static_assert(std::size(kActs) == static_cast<std::size_t>(Act::compute) + 1);

constexpr std::uint32_t kSizes[] = {0, 1, 7, 100, 1'000, 4'095, 4'096, 5'000, 20'000, 70'000};

// The acts of a life, each as often as it is listed.
constexpr Act kCalmActs[] = {
    Act::write,       Act::write,       Act::write,       Act::write,         Act::write_many,
    Act::produce,     Act::produce,     Act::cork,        Act::uncork,        Act::flush,
    Act::sync,        Act::sync,        Act::end,         Act::end_with,      Act::close_file,
    Act::flow,        Act::flow,        Act::pause,       Act::resume,        Act::read_on_demand,
    Act::fill_disk,   Act::free_disk,   Act::lose_power,  Act::lose_power,    Act::compute,
    Act::file_writer, Act::sink_writer, Act::file_reader, Act::source_reader, Act::connection,
    Act::rotate,      Act::rotate,      Act::reopen,      Act::pipe,          Act::pipe,
    Act::drop_writer, Act::drop_reader,
};
constexpr Act kStormyActs[] = {
    Act::destroy_writer, Act::fail_writer,    Act::stop_writer,
    Act::unpipe,         Act::destroy_reader, Act::fail_reader,
};

// Of a producer's threads.
Act next_thread_act(Random& random) {
  if (random.chance(3)) return Act::end_producer;
  if (random.chance(6)) return Act::leave_producer;
  if (random.chance(6)) return Act::give_up_record;
  return random.chance(40) ? Act::offer_record : Act::write_record;
}

Act next_act(Random& random, Weather weather) {
  if (weather != Weather::calm && random.chance(15)) return random.pick(kStormyActs);
  return random.pick(kCalmActs);
}

Place next_place(Random& random) {
  if (random.chance(60)) return Place::outside;
  return static_cast<Place>(random.between(1, static_cast<std::size_t>(Place::on_close)));
}

Step next_step(Random& random, Act act) {
  Step step{.act = act};
  step.slot = static_cast<std::uint8_t>(random.below(kSlots));
  step.other = static_cast<std::uint8_t>(random.below(kSlots));
  step.turns = static_cast<std::uint8_t>(random.chance(50) ? random.below(3) : random.below(12));
  step.amount = random.pick(kSizes);
  step.choice = random.next();
  step.place = act <= Act::producer ? Place::outside : next_place(random);
  if (is_of_producer(act)) {
    // Several in a row fill the queue.
    if (random.chance(70)) step.turns = 0;
    if (random.chance(30)) step.place = Place::in_call;
  }
  return step;
}

// Most of the faults are absent from most lives, so that the others get further.
unsigned some(Random& random, unsigned most) {
  return random.chance(40) ? static_cast<unsigned>(random.between(1, most)) : 0;
}

}  // namespace

bool is_of_producer(Act act) noexcept {
  return act >= Act::write_record && act <= Act::end_producer;
}

std::string_view name_of(Act act) { return kActs[static_cast<std::size_t>(act)]; }

std::string_view name_of(Place place) {
  constexpr std::string_view kPlaces[] = {
      "",         "on a tick", "on an immediate", "on Drain",
      "on Error", "on End",    "on Close",        "within a call of the system"};
  return kPlaces[static_cast<std::size_t>(place)];
}

std::string_view name_of(Weather weather) {
  constexpr std::string_view kWeathers[] = {"calm", "stormy", "doomed"};
  return kWeathers[static_cast<std::size_t>(weather)];
}

std::string describe(const Step& step) {
  const bool is_of_reader = step.act == Act::file_reader || step.act == Act::source_reader ||
                            step.act == Act::pipe ||
                            (step.act >= Act::flow && step.act <= Act::drop_reader);
  std::string text = fmt::format("after {} turns: ", step.turns);
  if (step.act < Act::fill_disk) text += fmt::format("{}{} ", is_of_reader ? 'r' : 'w', step.slot);
  text += name_of(step.act);
  if (step.act == Act::connection) text += fmt::format(" to w{}", step.other);
  if (step.act == Act::pipe) text += fmt::format(" into w{}", step.other);
  text += fmt::format(" ({})", step.amount);
  if (step.place != Place::outside) text += fmt::format(" {}", name_of(step.place));
  return text;
}

Plan plan_of(std::uint64_t seed) {
  Random random(seed);
  Plan plan{.seed = seed};
  plan.weather = random.chance(45)   ? Weather::calm
                 : random.chance(75) ? Weather::stormy
                                     : Weather::doomed;
  plan.disk = {.short_write = some(random, 60),
               .no_progress = some(random, 20),
               .late = some(random, 50),
               .stuck = some(random, 3),
               .slow_here = some(random, 30),
               .uncached = some(random, 60),
               .short_read = some(random, 60)};
  constexpr std::size_t kWindows[] = {1'000, 5'000, 65'536, 1'000'000};
  plan.net = {.latency = std::chrono::milliseconds(some(random, 100)),
              .window = random.pick(kWindows),
              .short_send = some(random, 50),
              .short_receive = some(random, 50)};
  plan.ends = {.sync = some(random, 90), .late = some(random, 60)};
  if (plan.weather == Weather::calm) {
    plan.disk.no_progress /= 4;
  } else {
    plan.disk.open_fails = some(random, 10);
    plan.disk.write_fails = some(random, 10);
    plan.disk.read_fails = some(random, 10);
    plan.disk.sync_fails = some(random, 20);
    plan.disk.close_fails = some(random, 10);
    if (random.chance(30)) plan.net.lost_after = random.between(1, 30'000);
    plan.ends.fails = some(random, 5);
    plan.ends.drops_done = some(random, 5);
  }
  for (std::size_t i = 0; i < kSlots; ++i) {
    Step step = next_step(random, random.chance(60)   ? Act::file_writer
                                  : random.chance(60) ? Act::sink_writer
                                                      : Act::rotating_writer);
    step.slot = static_cast<std::uint8_t>(i);
    plan.steps.push_back(step);
    if (random.chance(30)) break;
  }
  for (std::size_t i = 0; i < kSlots; ++i) {
    if (random.chance(40)) break;
    Step step = next_step(random, random.chance(50) ? Act::file_reader : Act::source_reader);
    step.slot = static_cast<std::uint8_t>(i);
    plan.steps.push_back(step);
  }
  if (random.chance(40)) {
    Step step = next_step(random, Act::connection);
    if (step.other == step.slot) step.other = static_cast<std::uint8_t>((step.slot + 1) % kSlots);
    plan.steps.push_back(step);
  }
  const bool has_producer = random.chance(25);
  if (has_producer) {
    Step step = next_step(random, Act::producer);
    step.slot = 0;
    plan.steps.push_back(step);
  }
  const std::size_t count = random.between(4, 40);
  for (std::size_t i = 0; i < count; ++i) {
    if (has_producer && random.chance(60)) {
      Step step = next_step(random, next_thread_act(random));
      step.slot = 0;
      plan.steps.push_back(step);
    } else {
      plan.steps.push_back(next_step(random, next_act(random, plan.weather)));
    }
  }
  return plan;
}

}  // namespace weir::sim
