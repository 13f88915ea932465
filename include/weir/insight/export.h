// weir/insight/export.h - a Snapshot as JSON, and as Prometheus text.
//
//   fmt::print("{}", weir::insight::to_prometheus(weir::insight::take_snapshot(loop)));
//
// inspect/handler.h serves both over HTTP.
#pragma once

#include <weir/insight/snapshot.h>

#include <string>

namespace weir::insight {

// One object: {"time", "loops", "streams", "objects"}, with the values of the snapshot. Times are
// in milliseconds, lengths in bytes or objects.
std::string to_json(const Snapshot& snapshot);

// The text format 0.0.4 of Prometheus. Names follow its conventions: weir_loop_busy_seconds_total,
// weir_written_bytes_total. Each stream that has a name from set_name has series of its own, with
// the labels stream and kind; the others are summed up by kind, since an endless number of series
// (one for each connection) would fill the memory of the server that collects them. The counters of
// a name do not fall when one of its streams is gone: Snapshot::gone is added. Bytes of a name that
// are not UTF-8 are replaced.
std::string to_prometheus(const Snapshot& snapshot);

}  // namespace weir::insight
