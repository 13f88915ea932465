// sim/http_plan.h - HttpPlan: a life of an HTTP server and its clients, as data. A seed determines
// it, and a reducer can leave exchanges and peers out.
#pragma once

#include "sim/plan.h"
#include <weir/testing/connection.h>
#include <weir/testing/simulated_files.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::sim {

// How the server answers.
enum class Answer : std::uint8_t {
  whole,    // with one end(), after it has read the request
  chunked,  // with writes at the client's pace
  echo,     // with the request's body
  file,     // with a file of the simulated disk
  late,     // some time later, from a Ref
  early,    // without reading the request
  cut,      // destroys the response in the middle
};
std::string_view name_of(Answer answer);

// How the client reads the response.
enum class Reading : std::uint8_t { flow, on_demand, slow, leave };

struct Exchange {
  unsigned start = 0;  // in ms
  std::size_t request_size = 0;
  bool has_length = false;  // a Content-Length instead of chunks
  Answer answer = Answer::whole;
  std::size_t response_size = 0;
  std::size_t chunk = 1'000;
  Reading reading = Reading::flow;
  unsigned leaves_after = 0;  // the client destroys the request after so many ms; 0: never
};

// A client that is no http::ClientRequest.
enum class Behavior : std::uint8_t {
  pipelined,  // several requests at once, in odd pieces
  garbage,
  cut_head,
  slow_head,  // a byte now and then
  huge_head,
  unread,  // asks, and does not read
};
std::string_view name_of(Behavior behavior);

struct Peer {
  unsigned start = 0;
  Behavior behavior = Behavior::pipelined;
  std::uint64_t choice = 0;
};

struct HttpPlan {
  std::uint64_t seed = 0;
  Weather weather = Weather::calm;
  NetworkFaults net = {};
  DiskFaults disk = {};
  std::optional<std::int64_t> high_water_mark = {};
  bool keep_alive = false;
  std::optional<std::size_t> max_sockets = {};
  unsigned doom = 0;  // in ms; of a doomed life
  std::vector<Exchange> exchanges = {};
  std::vector<Peer> peers = {};
};

HttpPlan http_plan_of(std::uint64_t seed);
std::string describe(const Exchange& exchange);

}  // namespace weir::sim
