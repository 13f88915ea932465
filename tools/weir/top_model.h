// The state of a process as `weir top` shows it, made of the events of its inspector.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace tool {

class TopModel {
 public:
  struct Loop {
    std::string name;
    double busy = 0;  // share of the last interval
    double turns_per_second = 0;
    double p50 = 0;  // of a turn, in milliseconds
    double p99 = 0;
    double max = 0;
    std::uint64_t requests = 0;
    std::vector<std::string> keeps_running;

    bool has_rates = false;  // from its second update on
    double time = 0;         // of the last update, in milliseconds
    double busy_total = 0;
    double turns_total = 0;
  };
  struct Stream {
    std::uint64_t id = 0;
    std::uint64_t loop = 0;
    std::string kind;
    std::string name;
    std::string state;
    std::string waits_for;
    std::string error;
    bool object_mode = false;
    double length = 0;  // of the writable side, if there is one
    double mark = 0;
    double rate = 0;      // bytes (or objects) a second, out of it; of about the last second
    double pressure = 0;  // share of the last interval
    double starved = 0;
    std::string bottleneck;  // the reason; empty: it is none

    bool has_rate = false;
    double bytes_total = 0;
    double pressed_total = 0;
    double starved_total = 0;
  };

  // Takes an event. ERRORS: throws a weir::Error if the data has another form.
  void take(std::string_view event, std::string_view data);

  const std::string& name() const noexcept { return name_; }
  const std::string& command() const noexcept { return command_; }
  std::uint64_t pid() const noexcept { return pid_; }
  double seconds() const noexcept { return time_ / 1000; }
  // Between two updates.
  std::chrono::milliseconds interval() const noexcept { return interval_; }
  // True once the rates of each loop are known: from its second update on.
  bool has_rates() const noexcept;
  // True once those of a loop are: a loop that is stuck in a callback has no updates.
  bool has_some_rates() const noexcept;
  const std::map<std::uint64_t, Loop>& loops() const noexcept { return loops_; }
  const std::map<std::uint64_t, Stream>& streams() const noexcept { return streams_; }
  // All streams: bottlenecks first, then by pressure, by rate and by id.
  std::vector<const Stream*> sorted() const;

 private:
  void take_hello(const nlohmann::json& hello);
  void take_update(const nlohmann::json& update);
  // Returns the milliseconds since the last update of the loop; empty for the first one.
  std::optional<double> take_loop(const nlohmann::json& now, double time);
  void take_stream(const nlohmann::json& now,
                   const std::map<std::uint64_t, std::optional<double>>& intervals);

  std::string name_;
  std::string command_;
  std::uint64_t pid_ = 0;
  double time_ = 0;
  std::chrono::milliseconds interval_{250};
  std::size_t expected_loops_ = 1;
  std::map<std::uint64_t, Loop> loops_;
  std::map<std::uint64_t, Stream> streams_;
};

}  // namespace tool
