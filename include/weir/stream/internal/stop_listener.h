// weir/stream/internal/stop_listener.h - StopListener: calls back on a stop, on the loop's thread.
#pragma once

#include <weir/base/function.h>
#include <weir/event/tick_queue.h>

#include <memory>
#include <optional>
#include <stop_token>

namespace weir::internal {

class StopListener {
 public:
  // CALLS BACK: `stopped`, inside request_stop if that is called on the queue's thread, else in a
  // later turn of that thread's loop; never after the listener's destruction.
  // REQUIRES: stop was not requested yet.
  StopListener(TickQueue& ticks, const std::stop_token& token, Function<void()> stopped);
  StopListener(const StopListener&) = delete;
  StopListener& operator=(const StopListener&) = delete;
  ~StopListener();

 private:
  // Shared with a call that another thread may have posted.
  struct Shared {
    TickQueue& ticks;
    Function<void()> stopped;  // empty after the listener's destruction
  };
  struct Notify {
    std::shared_ptr<Shared> shared;
    void operator()() const;
  };

  std::shared_ptr<Shared> shared_;
  std::stop_callback<Notify> callback_;
};

}  // namespace weir::internal
