#include <weir/stream/internal/stop_listener.h>

#include <utility>

namespace weir::internal {

StopListener::StopListener(TickQueue& ticks, const std::stop_token& token, Function<void()> stopped)
    : shared_(std::make_shared<Shared>(ticks, std::move(stopped))),
      callback_(token, Notify{shared_}) {}

StopListener::~StopListener() { shared_->stopped = nullptr; }

void StopListener::Notify::operator()() const {
  shared->ticks.call_on_this_thread([shared = shared] {
    // Moved out: the call may destroy its own listener.
    if (Function<void()> stopped = std::move(shared->stopped)) stopped();
  });
}

}  // namespace weir::internal
