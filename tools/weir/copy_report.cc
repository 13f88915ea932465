#include "weir/copy_report.h"

#include "weir/json_line.h"
#include "weir/progress.h"

#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tool {
namespace {

double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace

std::string progress_line(const CopyFigures& figures) {
  std::string line = fmt::format("{:.1f} MB  {:.1f} MB/s", megabytes(figures.bytes_read),
                                 figures.megabytes_per_second());
  if (figures.bytes_to_read && *figures.bytes_to_read > 0)
    line += share_done(
        static_cast<double>(figures.bytes_read) / static_cast<double>(*figures.bytes_to_read),
        figures.time);
  for (const auto& destination : figures.destinations)
    line += fmt::format("  {} {}/{}", destination.name, destination.buffered,
                        destination.high_water_mark);
  return line;
}

std::string to_text(const CopyFigures& figures, std::optional<std::uint64_t> memory_peak) {
  std::string text;
  const auto row = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("{:<12}{}\n", name, value);
  };
  row("read", fmt::format("{} bytes", figures.bytes_read));
  for (const auto& destination : figures.destinations)
    row("written", fmt::format("{} bytes to {}", destination.bytes, destination.name));
  row("time", fmt::format("{:.3f} s", figures.time.count()));
  row("rate", fmt::format("{:.1f} MB/s", figures.megabytes_per_second()));
  if (memory_peak) row("memory", fmt::format("at most {:.1f} MB", megabytes(*memory_peak)));
  return text;
}

std::string to_json(const CopyFigures& figures, std::optional<std::uint64_t> memory_peak) {
  nlohmann::ordered_json json;
  json["bytes_read"] = figures.bytes_read;
  json["seconds"] = figures.time.count();
  json["megabytes_per_second"] = figures.megabytes_per_second();
  json["destinations"] = nlohmann::ordered_json::array();
  for (const auto& destination : figures.destinations)
    json["destinations"].push_back({{"name", destination.name},
                                    {"bytes", destination.bytes},
                                    {"high_water_mark_bytes", destination.high_water_mark}});
  if (memory_peak) json["memory_peak_bytes"] = *memory_peak;
  return json_line(json);
}

}  // namespace tool
