#include "inspect/held_flows.h"

#include <weir/stream/basic_readable.h>
#include <weir/stream/events.h>

#include <unordered_set>
#include <utility>

namespace weir::internal {
namespace {

ReadableBase* find_readable(Loop& loop, std::uint64_t number) {
  ReadableBase* found = nullptr;
  loop.ticks().for_each_object([&](LoopShutdownHook& object) {
    if (object.number() == number) found = object.as<ReadableBase>();
  });
  return found;
}

}  // namespace

bool HeldFlows::hold(std::uint64_t number) {
  const Ref<ReadableBase> stream(find_readable(loop_, number));
  if (!stream) return false;
  forget_gone_streams();
  if (!is_held(number))
    listeners_[number] = stream->listeners().add(
        &kEventKey<Resume>, [held = stream.get()](const void*) { held->pause(); },
        ListenerTable::Place::last, ListenerTable::Times::always);
  stream->pause();
  return true;
}

bool HeldFlows::let_flow(std::uint64_t number) {
  const Ref<ReadableBase> stream(find_readable(loop_, number));
  if (!stream) return false;
  if (const auto held = listeners_.extract(number)) stream->listeners().remove(held.mapped());
  stream->resume();
  return true;
}

void HeldFlows::clear() {
  for (const auto& [number, listener] : std::exchange(listeners_, {}))
    if (const Ref<ReadableBase> stream(find_readable(loop_, number)); stream)
      stream->listeners().remove(listener);
}

void HeldFlows::forget_gone_streams() {
  std::unordered_set<std::uint64_t> alive;
  loop_.ticks().for_each_object(
      [&](const LoopShutdownHook& object) { alive.insert(object.number()); });
  std::erase_if(listeners_, [&](const auto& entry) { return !alive.contains(entry.first); });
}

}  // namespace weir::internal
