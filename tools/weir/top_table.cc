#include "weir/top_table.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tool {
namespace {

constexpr std::size_t kBar = 10;
constexpr std::size_t kFixed = 1 + 1 + kBar + 2 + 2 + 11 + 2 + 5 + 2 + 7 + 2;  // before the name
constexpr std::size_t kMostName = 40;

class Table {
 public:
  Table(const Terminal& terminal, std::optional<std::size_t> rows)
      : terminal_(terminal), rows_(rows) {}

  std::size_t room() const { return rows_ ? *rows_ - std::min(lines_.size(), *rows_) : SIZE_MAX; }
  // Cuts what is too long.
  void add(const std::string& text, TopLine::Kind kind = TopLine::Kind::plain) {
    if (room() == 0) return;
    const std::size_t columns = std::min(columns_of(safe_text(text, terminal_)), terminal_.columns);
    std::string line = fitted(text, columns, terminal_);
    line.resize(line.find_last_not_of(' ') + 1);
    lines_.push_back({std::move(line), kind});
  }
  std::vector<TopLine> take() { return std::move(lines_); }
  const Terminal& terminal() const noexcept { return terminal_; }

 private:
  const Terminal& terminal_;
  std::optional<std::size_t> rows_;
  std::vector<TopLine> lines_;
};

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

void add_loop(Table& table, const TopModel::Loop& loop, bool with_reasons) {
  table.add(
      fmt::format("{}  {} busy  {:.0f} turns/s  a turn takes {:.2f} ms, p99 {:.2f}, at most {:.2f} "
                  " {} requests",
                  loop.name, percent(loop.busy), loop.turns_per_second, loop.p50, loop.p99,
                  loop.max, loop.requests));
  if (!with_reasons) return;
  std::string reasons;
  for (const std::string& reason : loop.keeps_running)
    reasons += (reasons.empty() ? "" : "; ") + reason;
  table.add(fmt::format("  run() waits for: {}", reasons.empty() ? "nothing" : reasons));
}

// At most a third of the rows, so that streams have the rest.
void add_loops(Table& table, const TopModel& model, std::optional<std::size_t> rows) {
  const std::size_t count = model.loops().size();
  const std::size_t most = rows ? std::max<std::size_t>(*rows / 3, 1) : 2 * count;
  const std::size_t shown = count <= most ? count : most - 1;
  std::size_t left = count;
  for (const auto& [id, loop] : model.loops()) {
    if (count - left == shown) break;
    add_loop(table, loop, 2 * count <= most);
    --left;
  }
  if (left > 0) table.add(fmt::format("... and {} more {}", left, left == 1 ? "loop" : "loops"));
}

std::string rate_text(const TopModel::Stream& stream) {
  if (stream.object_mode) return fmt::format("{:.0f} /s", stream.rate);
  return size_text(stream.rate) + "/s";
}

std::string condition(const TopModel::Stream& stream) {
  if (!stream.error.empty()) return stream.error;
  if (!stream.bottleneck.empty()) return "bottleneck: " + stream.bottleneck;
  if (!stream.waits_for.empty()) return "waits for " + stream.waits_for;
  return stream.state;
}

void add_stream(Table& table, const TopModel::Stream& stream, std::size_t name_columns) {
  const double share = stream.mark > 0 ? stream.length / stream.mark : 0;
  const std::string name = stream.name.empty() ? stream.kind : stream.name;
  const std::string text = fmt::format(
      "{} [{}]  {:>11}  {:>5}  {:>7}  {}  {}  {}", stream.bottleneck.empty() ? ' ' : '!',
      level_bar(share, kBar, table.terminal()), rate_text(stream), percent(stream.pressure),
      percent(stream.starved), fitted(name, name_columns, table.terminal(), Keep::end), stream.kind,
      condition(stream));
  const auto kind = !stream.error.empty()        ? TopLine::Kind::failure
                    : !stream.bottleneck.empty() ? TopLine::Kind::bottleneck
                                                 : TopLine::Kind::plain;
  table.add(text, kind);
}

std::size_t columns_of_names(const std::vector<const TopModel::Stream*>& streams,
                             const Terminal& terminal) {
  std::size_t columns = 6;  // of "STREAM"
  for (const TopModel::Stream* stream : streams)
    columns = std::max(columns, columns_of(safe_text(
                                    stream->name.empty() ? stream->kind : stream->name, terminal)));
  const std::size_t room = terminal.columns > kFixed ? (terminal.columns - kFixed) / 2 : 0;
  return std::min({columns, kMostName, std::max<std::size_t>(room, 6)});
}

}  // namespace

std::vector<TopLine> top_table(const TopModel& model, const std::string& place,
                               const std::string& trouble, const Terminal& terminal,
                               std::optional<std::size_t> rows) {
  Table table(terminal, rows);
  if (place.empty()) {
    table.add(trouble);
    return table.take();
  }
  table.add(fmt::format("{}  pid {}  {}  up {}  {} {}  {}", model.name(), model.pid(), place,
                        clock_text(model.seconds()), model.streams().size(),
                        model.streams().size() == 1 ? "stream" : "streams", model.command()),
            TopLine::Kind::heading);
  if (!trouble.empty()) table.add(trouble, TopLine::Kind::failure);
  add_loops(table, model, rows);
  table.add("");
  const auto streams = model.sorted();
  const std::size_t name_columns = columns_of_names(streams, terminal);
  table.add(fmt::format("  {:<{}}  {:>11}  {:>5}  {:>7}  {}", "LEVEL", kBar + 2, "RATE", "FULL",
                        "STARVED", "STREAM"),
            TopLine::Kind::heading);
  std::size_t left = streams.size();
  for (const TopModel::Stream* stream : streams) {
    if (left > 1 && table.room() == 1) break;
    add_stream(table, *stream, name_columns);
    --left;
  }
  if (left > 0) table.add(fmt::format("  ... and {} more", left));
  return table.take();
}

}  // namespace tool
