// weir/insight/snapshot.h - what a Loop and everything on it is doing at this moment.
//
//   const weir::insight::Snapshot now = weir::insight::take_snapshot(loop);
//   for (const auto& stream : now.streams)
//     if (stream.metrics.write && stream.metrics.write->is_under_pressure)
//       fmt::print("{} {} is full\n", stream.kind, stream.name);
//
// export.h turns a snapshot into JSON or Prometheus text; inspect.h shows it as a page.
#pragma once

#include <weir/base/durations.h>
#include <weir/loop/loop.h>
#include <weir/loop/metrics.h>
#include <weir/stream/metrics.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::insight {

struct StreamSnapshot {
  std::uint64_t id;       // Stream::number()
  std::string kind;       // the class: "WriteStream"
  std::string name;       // that of set_name, else its path or address; may be empty
  bool is_named;          // by set_name
  std::string state;      // Stream::state()
  std::string waits_for;  // Stream::obstacle()
  std::string error;      // "ENOSPC: no space left on device, write"; empty without one
  StreamMetrics metrics;
  bool object_mode;
  bool is_flowing;
  bool is_paused;
  std::vector<std::uint64_t> from;   // the streams that are piped into it
  std::vector<std::uint64_t> to;     // the streams it is piped into
  std::optional<std::uint64_t> via;  // the stream that carries it, see Stream::carrier

  bool operator==(const StreamSnapshot&) const = default;
};

// A server, or another object that tells a status.
struct ObjectSnapshot {
  std::uint64_t id;
  std::string kind;
  std::string name;
  std::string status;  // "listening, 3 connections"
};

// What a stream has counted, see WriteMetrics and ReadMetrics.
struct StreamCounts {
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  std::uint64_t drains = 0;
  std::uint64_t system_calls = 0;
  std::chrono::nanoseconds pressure{0};
  std::chrono::nanoseconds starvation{0};
};

// The sums of streams with one name, from set_name, and of one kind.
struct NamedCounts {
  std::string name;
  std::string kind;
  StreamCounts counts;
};

struct Snapshot {
  std::chrono::nanoseconds time;  // of the Loop's clock
  LoopMetrics loop;
  std::vector<std::string> runs_for;    // the work that run() waits for
  std::vector<StreamSnapshot> streams;  // by id
  std::vector<ObjectSnapshot> objects;  // by id
  // Streams with names that exist no more, with the counts that the last snapshot before their end
  // had; of up to 1000 names.
  std::vector<NamedCounts> gone;
};

// THREADS: the Loop's. Costs about a microsecond a stream.
Snapshot take_snapshot(Loop& loop);

// A stream that holds up others.
struct Bottleneck {
  std::uint64_t id;
  std::string reason;  // "full 93 % of the time"
};

// The bottlenecks of the time between two snapshots of one Loop: the last full stream of each pipe,
// or the source that lets its readers starve. A socket is held up by its peer alone, whatever its
// own data is piped into. A stream counts from a tenth of the time on; the
// worst comes first.
std::vector<Bottleneck> find_bottlenecks(const Snapshot& before, const Snapshot& now);

}  // namespace weir::insight
