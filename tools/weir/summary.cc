#include "weir/summary.h"

#include "weir/json_line.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tool {

std::string to_text(const Summary& summary) {
  const Figures& figures = summary.figures;
  std::string text;
  const auto row = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("{:<12}{}\n", name, value);
  };
  if (summary.lines) row("lines", fmt::to_string(*summary.lines));
  row("bytes", fmt::to_string(figures.bytes));
  row("time", fmt::format("{:.3f} s", figures.time.count()));
  row("rate", fmt::format("{:.1f} MB/s", figures.megabytes_per_second()));
  row("pauses", fmt::format("{}, drains {}", figures.pauses, figures.drains));
  row("buffer",
      fmt::format("at most {} of {} bytes", figures.buffer_peak, figures.high_water_mark));
  if (summary.memory_peak)
    row("memory",
        fmt::format("at most {:.1f} MB", static_cast<double>(*summary.memory_peak) / 1e6));
  if (summary.lines) row("verified", summary.verified ? "yes" : "no");
  return text;
}

std::string to_json(const Summary& summary) {
  const Figures& figures = summary.figures;
  nlohmann::ordered_json json;
  if (summary.lines) json["lines"] = *summary.lines;
  json["bytes"] = figures.bytes;
  json["seconds"] = figures.time.count();
  json["megabytes_per_second"] = figures.megabytes_per_second();
  json["pauses"] = figures.pauses;
  json["drains"] = figures.drains;
  json["buffer_peak_bytes"] = figures.buffer_peak;
  json["high_water_mark_bytes"] = figures.high_water_mark;
  if (summary.memory_peak) json["memory_peak_bytes"] = *summary.memory_peak;
  if (summary.lines) json["verified"] = summary.verified;
  json["interrupted"] = summary.interrupted;
  return json_line(json);
}

}  // namespace tool
