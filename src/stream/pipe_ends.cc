#include <weir/stream/internal/pipe_ends.h>

#include <weir/stream/events.h>

#include <algorithm>
#include <utility>

namespace weir::internal {

void PipeEnds::add(Ref<Lifeline> lifeline, Ref<Stream> destination) {
  if (ends_.size() == 1) awaits_many_ = true;
  ends_.push_back({std::move(lifeline), std::move(destination)});
}

bool PipeEnds::remove(const Stream& destination) {
  const auto found =
      std::ranges::find_if(ends_, [&](const End& end) { return end.leads_to(destination); });
  if (found == ends_.end()) return false;
  const End removed = std::move(*found);  // destroyed last: it may own the destination
  ends_.erase(found);
  return true;
}

std::vector<Ref<Stream>> PipeEnds::remove_all() {
  std::vector<Ref<Stream>> destinations;
  for (const End& end : std::exchange(ends_, {}))
    if (end.lifeline->stream) destinations.emplace_back(end.lifeline->stream);
  return destinations;
}

void PipeEnds::drop() {
  awaited_.clear();
  const std::vector<End> dropped = std::exchange(ends_, {});
}

bool PipeEnds::any() const noexcept {
  return std::ranges::any_of(ends_, [](const End& end) { return end.lifeline->stream; });
}

void PipeEnds::release(const Stream& destination) {
  const auto found = std::ranges::find_if(
      ends_, [&](const End& end) { return end.held && end.leads_to(destination); });
  if (found != ends_.end()) std::exchange(found->held, nullptr);
}

void PipeEnds::hold(Stream& destination) {
  const auto found = std::ranges::find_if(
      ends_, [&](const End& end) { return !end.held && end.leads_to(destination); });
  if (found != ends_.end()) found->held = Ref<Stream>(&destination);
}

Stream* PipeEnds::only(const ListenerTable& source, const EventKey* data) const noexcept {
  const bool is_only = ends_.size() == 1 && source.is_only(data, data_listener_);
  return is_only ? ends_.front().lifeline->stream : nullptr;
}

bool PipeEnds::is_only_drain_listener(const ListenerTable& destination) const noexcept {
  return destination.count(&kEventKey<Drain>) == 0 ||
         destination.is_only(&kEventKey<Drain>, drain_listener_);
}

void PipeEnds::await_drain(const Stream& destination) {
  if (std::ranges::none_of(ends_, [&](const End& end) { return end.leads_to(destination); }))
    return;
  if (ends_.size() == 1) {
    awaited_ = {&destination};
    awaits_many_ = false;
  } else if (std::ranges::count(awaited_, &destination) == 0) {
    awaited_.push_back(&destination);
  }
}

bool PipeEnds::on_drain(const Stream& destination) {
  std::erase(awaited_, &destination);
  return awaited_.empty();
}

}  // namespace weir::internal
