#include "inspect/watched_loop.h"

#include "insight/json.h"
#include "inspect/held_flows.h"

#include <algorithm>
#include <utility>

namespace weir::internal {
namespace {

using insight::Snapshot;
using insight::StreamSnapshot;

bool is_less(const StreamSnapshot& stream, std::uint64_t id) { return stream.id < id; }

const StreamSnapshot* find(const Snapshot& snapshot, std::uint64_t id) {
  const auto found =
      std::lower_bound(snapshot.streams.begin(), snapshot.streams.end(), id, is_less);
  return found != snapshot.streams.end() && found->id == id ? &*found : nullptr;
}

}  // namespace

Snapshot WatchedLoop::take(Loop& loop) {
  Snapshot snapshot = insight::take_snapshot(loop);
  std::unordered_set<std::uint64_t> own;
  for (const StreamSnapshot& stream : snapshot.streams)
    if (stream.is_named && stream.name == kInspectorName) own.insert(stream.id);
  std::erase_if(snapshot.streams, [&own](const StreamSnapshot& stream) {
    return own.contains(stream.id) || (stream.via && own.contains(*stream.via));
  });
  const auto& held = loop_local<HeldFlows>(loop);
  for (StreamSnapshot& stream : snapshot.streams)
    if (held.is_held(stream.id)) stream.waits_for = HeldFlows::kObstacle;
  return snapshot;
}

void WatchedLoop::add_changes(Snapshot snapshot, Json& update) {
  update["loops"].push_back(
      insight::loop_json(snapshot, snapshot.loop.latency - last_.loop.latency, id_, name_));
  for (const StreamSnapshot& stream : snapshot.streams) {
    const StreamSnapshot* const before = find(last_, stream.id);
    if (!before || *before != stream)
      update["streams"].push_back(insight::stream_json(stream, id_));
  }
  for (const StreamSnapshot& stream : last_.streams)
    if (!find(snapshot, stream.id)) update["gone"].push_back(insight::id_on(id_, stream.id));
  if (is_known_)
    for (const insight::Bottleneck& bottleneck : insight::find_bottlenecks(last_, snapshot))
      update["bottlenecks"].push_back(
          {{"id", insight::id_on(id_, bottleneck.id)}, {"why", bottleneck.reason}});
  last_ = std::move(snapshot);
  is_known_ = true;
}

void WatchedLoop::add_everything(Json& update) const {
  update["loops"].push_back(insight::loop_json(last_, last_.loop.latency, id_, name_));
  for (const StreamSnapshot& stream : last_.streams)
    update["streams"].push_back(insight::stream_json(stream, id_));
}

}  // namespace weir::internal
