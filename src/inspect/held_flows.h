// The readable streams of a Loop that a page has paused.
#pragma once

#include "loop/loop_local.h"
#include <weir/event/listener_table.h>

#include <cstdint>
#include <map>
#include <memory>

namespace weir::internal {

// A pipe resumes its source at each Drain, so a stream that is held pauses again at each Resume.
// THREADS: the Loop's.
class HeldFlows final : public LoopLocal {
 public:
  static constexpr const char* kObstacle = "resume on the inspector's page";

  explicit HeldFlows(Loop& loop) noexcept : loop_(loop) {}

  // By Stream::number(). False if there is no such stream, or it is not readable.
  bool hold(std::uint64_t number);
  bool let_flow(std::uint64_t number);
  bool is_held(std::uint64_t number) const { return listeners_.contains(number); }
  // Holds none any more; those that are paused stay so until they are resumed.
  void clear();
  // Empty once the Loop is gone.
  std::weak_ptr<HeldFlows*> handle() const { return self_; }

 private:
  void forget_gone_streams();

  Loop& loop_;
  std::map<std::uint64_t, ListenerId> listeners_;
  std::shared_ptr<HeldFlows*> self_ = std::make_shared<HeldFlows*>(this);
};

}  // namespace weir::internal
