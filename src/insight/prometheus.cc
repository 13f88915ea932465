// https://prometheus.io/docs/instrumenting/exposition_formats/
#include "insight/gone_streams.h"
#include "insight/json.h"
#include <weir/insight/export.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace weir::insight {
namespace {

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// One byte that is not UTF-8 would make Prometheus refuse everything.
std::string as_utf8(std::string_view text) {
  const bool is_ascii =
      std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii) return std::string(text);
  return Json::parse(dump(Json(text))).get<std::string>();
}

std::string escaped(std::string_view label) {
  std::string text;
  for (const char c : as_utf8(label)) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? "\\n" : std::string(1, c);
  }
  return text;
}

class Text {
 public:
  enum class Type : std::uint8_t { counter, gauge, histogram };

  void family(std::string_view name, Type type, std::string_view help) {
    constexpr std::string_view kTypes[] = {"counter", "gauge", "histogram"};
    name_ = name;
    append("# HELP {} {}\n# TYPE {} {}\n", name, help, name,
           kTypes[static_cast<std::size_t>(type)]);
  }
  template <class Number>
  void sample(const Number& number, std::string_view labels = {}, std::string_view suffix = {}) {
    append(labels.empty() ? "{}{}{} {}\n" : "{}{}{{{}}} {}\n", name_, suffix, labels, number);
  }
  template <class Number>
  void single(std::string_view name, Type type, std::string_view help, const Number& number) {
    family(name, type, help);
    sample(number);
  }
  std::string take() { return std::move(text_); }

 private:
  template <class... Args>
  void append(std::string_view format, const Args&... args) {
    fmt::vformat_to(std::back_inserter(text_), format, fmt::make_format_args(args...));
  }

  std::string text_;
  std::string name_;
};

// Sums of streams with the same labels.
struct Sums {
  std::uint64_t streams = 0;
  std::uint64_t write_length = 0;
  std::uint64_t read_length = 0;
  std::uint64_t full = 0;  // streams that are, now
  std::uint64_t starved = 0;
};

using Labels = std::map<std::string, Sums>;
using NamedLabels = std::map<std::string, StreamCounts>;
using Lags = std::map<std::string, std::uint64_t>;  // of those that know it

void add_loop(Text& text, const Snapshot& snapshot) {
  using enum Text::Type;
  const LoopMetrics& loop = snapshot.loop;
  text.single("weir_loop_turns_total", counter, "Turns of the loop.", loop.turns);
  text.single("weir_loop_busy_seconds_total", counter, "Time in the loop's callbacks.",
              seconds(loop.busy));
  text.single("weir_loop_requests", gauge, "Requests on the thread pool and in the system.",
              loop.requests);
  text.single("weir_loop_timers", gauge, "Timers that are set.", loop.timers);

  text.family("weir_loop_turn_duration_seconds", histogram, "Duration of a turn's callbacks.");
  std::uint64_t count = 0;
  for (std::size_t index = 0; index < DurationHistogram::kClasses - 1; ++index) {
    count += loop.latency.count_of(index);
    if (index % 4 != 0) continue;  // the powers of two
    const auto limit = seconds(DurationHistogram::limit_of(index));
    text.sample(count, fmt::format("le=\"{}\"", limit), "_bucket");
  }
  text.sample(loop.latency.count(), "le=\"+Inf\"", "_bucket");
  text.sample(seconds(loop.busy), {}, "_sum");
  text.sample(loop.latency.count(), {}, "_count");
}

void add_totals(Text& text, const Snapshot& snapshot) {
  using enum Text::Type;
  StreamTotals totals = snapshot.loop.streams;
  for (const StreamSnapshot& stream : snapshot.streams) {
    if (stream.metrics.write) totals.bytes_written += stream.metrics.write->bytes_out;
    if (stream.metrics.read) totals.bytes_read += stream.metrics.read->bytes_in;
    if (!stream.error.empty()) ++totals.errors;
  }
  text.single("weir_streams_created_total", counter, "Streams, of all time.",
              totals.streams + snapshot.streams.size());
  text.single("weir_written_bytes_total", counter, "Bytes, and objects, that sinks have completed.",
              totals.bytes_written);
  text.single("weir_read_bytes_total", counter, "Bytes, and objects, from sources.",
              totals.bytes_read);
  text.single("weir_stream_errors_total", counter, "Streams that have failed.", totals.errors);
}

template <class Map, class Member>
void add_family(Text& text, const Map& series, std::string_view name, Text::Type type,
                std::string_view help, Member member) {
  if (series.empty()) return;
  text.family(name, type, help);
  for (const auto& [labels, sums] : series) text.sample(member(sums), labels);
}

void add_kinds(Text& text, const Snapshot& snapshot) {
  using enum Text::Type;
  Labels kinds;
  for (const StreamSnapshot& stream : snapshot.streams) {
    Sums& sums = kinds[fmt::format("kind=\"{}\"", escaped(stream.kind))];
    ++sums.streams;
    if (const auto& write = stream.metrics.write) {
      sums.write_length += write->length;
      sums.full += write->is_under_pressure ? 1 : 0;
    }
    if (const auto& read = stream.metrics.read) {
      sums.read_length += read->length;
      sums.starved += read->is_starved ? 1 : 0;
    }
  }
  add_family(text, kinds, "weir_streams", gauge, "Streams that exist.",
             [](const Sums& sums) { return sums.streams; });
  add_family(text, kinds, "weir_write_buffer_bytes", gauge,
             "Bytes, or objects, that are accepted and not written.",
             [](const Sums& sums) { return sums.write_length; });
  add_family(text, kinds, "weir_read_buffer_bytes", gauge,
             "Bytes, or objects, that no reader has taken.",
             [](const Sums& sums) { return sums.read_length; });
  add_family(text, kinds, "weir_streams_under_pressure", gauge, "Streams that are full.",
             [](const Sums& sums) { return sums.full; });
  add_family(text, kinds, "weir_streams_starved", gauge, "Streams whose readers wait for them.",
             [](const Sums& sums) { return sums.starved; });
}

std::string labels_of(const std::string& name, const std::string& kind) {
  return fmt::format("stream=\"{}\",kind=\"{}\"", escaped(name), escaped(kind));
}

void add_named(Text& text, const Snapshot& snapshot) {
  using enum Text::Type;
  NamedLabels named;
  Lags lags;
  for (const StreamSnapshot& stream : snapshot.streams) {
    if (!stream.is_named) continue;
    const std::string labels = labels_of(stream.name, stream.kind);
    if (stream.metrics.lag) lags[labels] += *stream.metrics.lag;
    named[labels] += counts_of(stream.metrics);
  }
  // A counter must not fall. Names without a stream have no series, as there may be many.
  for (const NamedCounts& gone : snapshot.gone)
    if (const auto found = named.find(labels_of(gone.name, gone.kind)); found != named.end())
      found->second += gone.counts;
  add_family(text, named, "weir_stream_written_bytes_total", counter,
             "Bytes, or objects, that the sink has completed.",
             [](const StreamCounts& counters) { return counters.written; });
  add_family(text, named, "weir_stream_read_bytes_total", counter,
             "Bytes, or objects, from the source.",
             [](const StreamCounts& counters) { return counters.read; });
  add_family(text, named, "weir_stream_drains_total", counter, "Drain events.",
             [](const StreamCounts& counters) { return counters.drains; });
  add_family(text, named, "weir_stream_pressure_seconds_total", counter,
             "Time in which the stream was full.",
             [](const StreamCounts& counters) { return seconds(counters.pressure); });
  add_family(text, named, "weir_stream_starvation_seconds_total", counter,
             "Time in which readers waited for the source.",
             [](const StreamCounts& counters) { return seconds(counters.starvation); });
  add_family(text, named, "weir_stream_system_calls_total", counter,
             "System calls of the sink and the source.",
             [](const StreamCounts& counters) { return counters.system_calls; });
  add_family(text, lags, "weir_stream_lag", gauge, "Messages that the source has still to read.",
             [](std::uint64_t lag) { return lag; });
}

}  // namespace

std::string to_prometheus(const Snapshot& snapshot) {
  Text text;
  add_loop(text, snapshot);
  add_totals(text, snapshot);
  add_kinds(text, snapshot);
  add_named(text, snapshot);
  return text.take();
}

}  // namespace weir::insight
