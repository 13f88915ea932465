#include <weir/insight/snapshot.h>

#include "insight/gone_streams.h"
#include "insight/labels.h"
#include "loop/loop_core.h"
#include <weir/event/tick_queue.h>
#include <weir/stream/basic_readable.h>
#include <weir/stream/stream.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace weir::insight {
namespace {

StreamSnapshot snapshot_of(Stream& stream, ReadableBase* readable) {
  const std::string given = stream.given_name();
  Label label = label_of(stream.describe());
  StreamSnapshot snapshot{.id = stream.number(),
                          .kind = std::move(label.kind),
                          .name = given.empty() ? std::move(label.name) : given,
                          .is_named = !given.empty(),
                          .state = stream.state(),
                          .waits_for = stream.obstacle(),
                          .error = std::string(stream.errored().message()),
                          .metrics = stream.metrics(),
                          .object_mode = stream.object_mode(),
                          .is_flowing = readable && readable->readable_flowing() == true,
                          .is_paused = readable && readable->is_paused(),
                          .from = {},
                          .to = {},
                          .via = {}};
  for (const Stream* const destination : stream.destinations())
    snapshot.to.push_back(destination->number());
  if (const Stream* const carrier = stream.carrier()) snapshot.via = carrier->number();
  return snapshot;
}

void add_sources(std::vector<StreamSnapshot>& streams) {
  for (const StreamSnapshot& source : streams)
    for (const std::uint64_t id : source.to) {
      const auto found = std::ranges::lower_bound(streams, id, {}, &StreamSnapshot::id);
      if (found != streams.end() && found->id == id) found->from.push_back(source.id);
    }
}

}  // namespace

Snapshot take_snapshot(Loop& loop) {
  TickQueue& ticks = loop.ticks();
  Snapshot snapshot{.time = ticks.turn_time(),
                    .loop = loop.metrics(),
                    .runs_for = loop.core().reasons_to_run(),
                    .streams = {},
                    .objects = {},
                    .gone = {}};
  ticks.for_each_object([&](LoopShutdownHook& object) {
    if (Stream* const stream = object.as<Stream>()) {
      snapshot.streams.push_back(snapshot_of(*stream, object.as<ReadableBase>()));
    } else if (std::string status = object.status(); !status.empty()) {
      Label label = label_of(object.describe());
      snapshot.objects.push_back(
          {object.number(), std::move(label.kind), std::move(label.name), std::move(status)});
    }
  });
  std::ranges::sort(snapshot.streams, {}, &StreamSnapshot::id);
  add_sources(snapshot.streams);
  std::ranges::sort(snapshot.objects, {}, &ObjectSnapshot::id);
  snapshot.gone = internal::loop_local<GoneStreams>(loop).update(snapshot.streams);
  return snapshot;
}

}  // namespace weir::insight
