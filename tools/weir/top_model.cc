#include "weir/top_model.h"

#include <weir/weir.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

namespace tool {
namespace {

using nlohmann::json;

double share_of(double part, double whole) {
  return whole > 0 ? std::clamp(part / whole, 0.0, 1.0) : 0;
}

// The weight of an interval in an average of about a second, as a stream that moves in bursts has
// no steady rate.
double weight_of(double milliseconds) { return 1 - std::exp(-milliseconds / 1000); }

double per_second(double count, double milliseconds) {
  return milliseconds > 0 ? std::max(count, 0.0) * 1000 / milliseconds : 0;
}

}  // namespace

void TopModel::take(std::string_view event, std::string_view data) {
  try {
    const json parsed = json::parse(data);
    if (event == "hello") take_hello(parsed);
    if (event == "update") take_update(parsed);
  } catch (const json::exception& error) {
    throw weir::Error(std::string("not an inspector: ") + error.what());
  }
}

void TopModel::take_hello(const json& hello) {
  *this = {};
  name_ = hello.at("name");
  command_ = hello.at("command");
  pid_ = hello.at("pid");
  interval_ = std::chrono::milliseconds(hello.value("interval", 250));
  expected_loops_ = hello.value("loop_count", std::size_t{1});
}

bool TopModel::has_rates() const noexcept {
  return loops_.size() >= expected_loops_ &&
         std::ranges::all_of(loops_, [](const auto& entry) { return entry.second.has_rates; });
}

bool TopModel::has_some_rates() const noexcept {
  return std::ranges::any_of(loops_, [](const auto& entry) { return entry.second.has_rates; });
}

void TopModel::take_update(const json& update) {
  time_ = update.at("time");
  std::map<std::uint64_t, std::optional<double>> intervals;
  for (const json& loop : update.at("loops")) intervals[loop.at("id")] = take_loop(loop, time_);
  for (auto& [id, stream] : streams_) {
    // An update has only the streams that have changed.
    const auto interval = intervals.find(stream.loop);
    if (interval == intervals.end() || !interval->second) continue;
    stream.rate *= 1 - weight_of(*interval->second);
    if (stream.rate < 1) stream.rate = 0;
    stream.pressure = stream.starved = 0;
    stream.bottleneck.clear();
  }
  for (const json& stream : update.at("streams")) take_stream(stream, intervals);
  for (const json& id : update.at("gone")) streams_.erase(id.get<std::uint64_t>());
  for (const json& bottleneck : update.at("bottlenecks"))
    if (const auto found = streams_.find(bottleneck.at("id")); found != streams_.end())
      found->second.bottleneck = bottleneck.at("why");
}

std::optional<double> TopModel::take_loop(const json& now, double time) {
  const auto [place, is_new] = loops_.try_emplace(now.at("id").get<std::uint64_t>());
  Loop& loop = place->second;
  const double interval = time - loop.time;
  const double busy = now.at("busy");
  const double turns = now.at("turns");
  if (!is_new) {
    loop.busy = share_of(busy - loop.busy_total, interval);
    loop.turns_per_second = per_second(turns - loop.turns_total, interval);
    loop.has_rates = true;
  }
  loop.time = time;
  loop.busy_total = busy;
  loop.turns_total = turns;
  loop.name = now.at("name");
  loop.requests = now.at("requests");
  const json& latency = now.at("latency");
  loop.p50 = latency.at("p50");
  loop.p99 = latency.at("p99");
  loop.max = latency.at("max");
  loop.keeps_running = now.at("keeps_running").get<std::vector<std::string>>();
  return is_new ? std::nullopt : std::optional<double>(interval);
}

void TopModel::take_stream(const json& now,
                           const std::map<std::uint64_t, std::optional<double>>& intervals) {
  const std::uint64_t id = now.at("id");
  const auto [place, is_new] = streams_.try_emplace(id);
  Stream& stream = place->second;
  stream.id = id;
  stream.loop = now.at("loop");
  stream.kind = now.at("kind");
  stream.name = now.at("name");
  stream.state = now.at("state");
  stream.waits_for = now.at("waits_for");
  stream.error = now.at("error");
  stream.object_mode = now.at("object_mode");
  const json& write = now.at("write");
  const json& read = now.at("read");
  const json& level = write.is_null() ? read : write;
  stream.length = level.at("length");
  stream.mark = level.at("mark");
  const double bytes = level.at("bytes_out");
  const double pressed = write.is_null() ? 0.0 : write.at("pressed").get<double>();
  const double starved = read.is_null() ? 0.0 : read.at("starved").get<double>();
  const auto interval = intervals.find(stream.loop);
  if (!is_new && interval != intervals.end() && interval->second) {
    const double rate = per_second(bytes - stream.bytes_total, *interval->second);
    stream.rate +=
        std::exchange(stream.has_rate, true) ? rate * weight_of(*interval->second) : rate;
    stream.pressure = share_of(pressed - stream.pressed_total, *interval->second);
    stream.starved = share_of(starved - stream.starved_total, *interval->second);
  }
  stream.bytes_total = bytes;
  stream.pressed_total = pressed;
  stream.starved_total = starved;
}

std::vector<const TopModel::Stream*> TopModel::sorted() const {
  std::vector<const Stream*> streams;
  for (const auto& [id, stream] : streams_) streams.push_back(&stream);
  // In tenths and powers of two, so that rows do not swap with every update.
  const auto key = [](const Stream* stream) {
    const double tenths = std::floor(stream->pressure * 10);
    const int magnitude = stream->rate < 1 ? 0 : std::ilogb(stream->rate) + 1;
    return std::tuple(stream->bottleneck.empty(), -tenths, -magnitude, stream->id);
  };
  std::ranges::sort(streams, {}, key);
  return streams;
}

}  // namespace tool
