// sim/plan.h - Plan: a life as data. A seed determines it, and a reducer can leave steps out.
//
//   Plan plan = plan_of(seed);
//   const Outcome outcome = live(plan);       // life.h
//
// A step names a slot, not a stream, so that it keeps its meaning when other steps are left out; a
// step whose slot is empty does nothing.
#pragma once

#include "sim/sim_ends.h"
#include <weir/testing/connection.h>
#include <weir/testing/simulated_files.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::sim {

using test::DiskFaults;
using test::NetworkFaults;

enum class Act : std::uint8_t {
  // The making of streams, by `choice`.
  file_writer,
  sink_writer,
  rotating_writer,
  file_reader,
  source_reader,
  connection,  // a socket in the slot, and its peer in the other slot
  pipe,        // the reader of the slot into the writer of the other slot
  producer,    // of the writer
  // On a writer.
  write,
  write_many,
  produce,
  cork,
  uncork,
  flush,
  sync,
  end,
  end_with,
  close_file,
  rotate,
  reopen,  // perhaps after another program has moved the file
  destroy_writer,
  fail_writer,
  stop_writer,
  drop_writer,  // the program's Ref
  // On a reader.
  flow,
  read_on_demand,
  pause,
  resume,
  unpipe,
  destroy_reader,
  fail_reader,
  drop_reader,
  // On a thread of the writer's producer.
  write_record,
  offer_record,
  give_up_record,
  leave_producer,
  end_producer,
  // On the world.
  fill_disk,
  free_disk,
  lose_power,
  compute,
};
std::string_view name_of(Act act);
bool is_of_producer(Act act) noexcept;  // what its threads do

// Where a step runs; in_call: in the middle of a call of the system.
enum class Place : std::uint8_t {
  outside,
  tick,
  immediate,
  on_drain,
  on_error,
  on_end,
  on_close,
  in_call,
};
std::string_view name_of(Place place);

struct Step {
  Act act;
  Place place = Place::outside;
  std::uint8_t slot = 0;
  std::uint8_t other = 0;
  std::uint8_t turns = 0;  // of the loop before it
  std::uint32_t amount = 0;
  std::uint64_t choice = 0;
};
std::string describe(const Step& step);

// How hard a life is.
enum class Weather : std::uint8_t {
  calm,    // calls are late, short or stuck, and nothing fails: everything must arrive
  stormy,  // anything fails
  doomed,  // as stormy, and the Loop is destroyed in the middle
};
std::string_view name_of(Weather weather);

struct Plan {
  std::uint64_t seed = 0;
  Weather weather = Weather::calm;
  DiskFaults disk = {};
  EndFaults ends = {};
  NetworkFaults net = {};
  std::vector<Step> steps = {};
};

constexpr std::size_t kSlots = 4;

Plan plan_of(std::uint64_t seed);

}  // namespace weir::sim
