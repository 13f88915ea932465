#include "insight/json.h"

#include <weir/insight/export.h>

#include <chrono>

namespace weir::insight {
namespace {

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// What both sides count.
template <class Metrics>
Json side_json(const Metrics& numbers, Json others) {
  Json side = {{"mark", numbers.high_water_mark},
               {"length", numbers.length},
               {"peak", numbers.peak},
               {"bytes_in", numbers.bytes_in},
               {"bytes_out", numbers.bytes_out},
               {"chunks_in", numbers.chunks_in},
               {"chunks_out", numbers.chunks_out}};
  side.update(others);
  return side;
}

Json write_json(const WriteMetrics& numbers) {
  return side_json(numbers, {{"drains", numbers.drains},
                             {"full", numbers.full},
                             {"pressed", milliseconds(numbers.pressure)},
                             {"is_pressed", numbers.is_under_pressure}});
}

Json read_json(const StreamSnapshot& stream, const ReadMetrics& numbers) {
  return side_json(numbers, {{"starved", milliseconds(numbers.starvation)},
                             {"is_starved", numbers.is_starved},
                             {"is_flowing", stream.is_flowing},
                             {"is_paused", stream.is_paused}});
}

Json ids_on(std::uint64_t loop, const std::vector<std::uint64_t>& ids) {
  Json list = Json::array();
  for (const std::uint64_t id : ids) list.push_back(id_on(loop, id));
  return list;
}

}  // namespace

std::uint64_t id_on(std::uint64_t loop, std::uint64_t id) noexcept { return (loop << 40U) + id; }

Json loop_json(const Snapshot& snapshot, const DurationHistogram& latency, std::uint64_t loop,
               const std::string& name) {
  return {{"id", loop},
          {"name", name},
          {"turns", snapshot.loop.turns},
          {"busy", milliseconds(snapshot.loop.busy)},
          {"latency",
           {{"p50", milliseconds(latency.quantile(0.5))},
            {"p99", milliseconds(latency.quantile(0.99))},
            {"max", milliseconds(latency.quantile(1))}}},
          {"requests", snapshot.loop.requests},
          {"timers", snapshot.loop.timers},
          {"streams_closed", snapshot.loop.streams.streams},
          {"keeps_running", snapshot.runs_for}};
}

Json stream_json(const StreamSnapshot& stream, std::uint64_t loop) {
  const StreamMetrics& metrics = stream.metrics;
  return {{"id", id_on(loop, stream.id)},
          {"loop", loop},
          {"kind", stream.kind},
          {"name", stream.name},
          {"from", ids_on(loop, stream.from)},
          {"to", ids_on(loop, stream.to)},
          {"via", stream.via ? ids_on(loop, {*stream.via}) : Json::array()},
          {"state", stream.state},
          {"waits_for", stream.waits_for},
          {"object_mode", stream.object_mode},
          {"write", metrics.write ? write_json(*metrics.write) : Json()},
          {"read", metrics.read ? read_json(stream, *metrics.read) : Json()},
          {"syscalls", metrics.system_calls},
          {"lag", metrics.lag ? Json(*metrics.lag) : Json()},
          {"error", stream.error},
          {"can_pause", metrics.read.has_value()}};
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_json(const Snapshot& snapshot) {
  Json streams = Json::array();
  for (const StreamSnapshot& stream : snapshot.streams) streams.push_back(stream_json(stream, 0));
  Json objects = Json::array();
  for (const ObjectSnapshot& object : snapshot.objects)
    objects.push_back({{"id", object.id},
                       {"kind", object.kind},
                       {"name", object.name},
                       {"status", object.status}});
  return dump({{"time", milliseconds(snapshot.time)},
               {"loops", Json::array({loop_json(snapshot, snapshot.loop.latency, 0, "main")})},
               {"streams", std::move(streams)},
               {"objects", std::move(objects)}});
}

}  // namespace weir::insight
