#include "weir/copy_report.h"

#include "weir/json_line.h"
#include "weir/progress.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tool {
namespace {

constexpr std::size_t kMostBar = 60;
constexpr std::size_t kMostNameInLine = 16;

double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

ProgressLine line_of(const CopyFigures& figures, double megabytes_per_second) {
  std::optional<double> done;
  if (figures.bytes_to_read && *figures.bytes_to_read > 0)
    done = static_cast<double>(figures.bytes_read) / static_cast<double>(*figures.bytes_to_read);
  return {done, figures.bytes_read, megabytes_per_second, figures.time};
}

// "  copy.bin  [####      ]   65536 of 131072"
std::string bar_line(const CopyFigures::Destination& destination, std::size_t name_columns,
                     const Terminal& terminal) {
  const double share = destination.high_water_mark == 0
                           ? 0
                           : static_cast<double>(destination.buffered) /
                                 static_cast<double>(destination.high_water_mark);
  const std::string name = fitted(destination.name, name_columns, terminal, Keep::end);
  const std::string level =
      fmt::format("{:>9} of {:<9}", destination.buffered, destination.high_water_mark);
  constexpr std::size_t kMargins = 9;  // the gaps, the brackets and the last column
  const std::size_t used = name_columns + level.size() + kMargins;
  const std::size_t bar = terminal.columns > used ? std::min(terminal.columns - used, kMostBar) : 0;
  const std::string line =
      fmt::format("  {}  [{}]  {}", name, level_bar(share, bar, terminal), level);
  return fitted(line, std::min(columns_of(line), terminal.columns - 1), terminal);
}

}  // namespace

std::string progress_line(const CopyFigures& figures, double megabytes_per_second,
                          const Terminal& terminal) {
  ProgressLine line = line_of(figures, megabytes_per_second);
  const bool is_one = figures.destinations.size() == 1;
  for (const auto& destination : figures.destinations) {
    const std::string name = safe_text(destination.name, terminal);
    const std::size_t columns = std::min(columns_of(name), kMostNameInLine);
    line.add(fmt::format("{} {}", is_one ? "buffer" : fitted(name, columns, terminal, Keep::end),
                         buffer_text(destination.buffered, destination.high_water_mark, terminal)));
  }
  return line.text(terminal);
}

std::string progress_bars(const CopyFigures& figures, double megabytes_per_second,
                          const Terminal& terminal) {
  std::string text = line_of(figures, megabytes_per_second).text(terminal);
  std::size_t name_columns = 0;
  for (const auto& destination : figures.destinations)
    name_columns = std::max(name_columns, columns_of(safe_text(destination.name, terminal)));
  name_columns = std::min(name_columns, terminal.columns / 3);
  std::size_t room = terminal.rows > 1 ? terminal.rows - 1 : 1;
  for (const auto& destination : figures.destinations) {
    if (room-- == 0) break;
    text += '\n' + bar_line(destination, name_columns, terminal);
  }
  return text;
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
