// A Loop on the inspector's page: its last snapshot, and the changes since.
#pragma once

#include <weir/insight/snapshot.h>
#include <weir/loop/loop.h>

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

namespace weir::internal {

class WatchedLoop {
 public:
  using Json = nlohmann::ordered_json;

  WatchedLoop(Loop& loop, std::uint64_t id, std::string name)
      : loop_(&loop), id_(id), name_(std::move(name)) {}

  Loop& loop() const noexcept { return *loop_; }
  std::uint64_t id() const noexcept { return id_; }
  const insight::Snapshot& last() const noexcept { return last_; }
  bool is_known() const noexcept { return is_known_; }

  // False if it is asked already.
  bool begin_to_ask() noexcept { return !std::exchange(is_asked_, true); }
  void end_to_ask() noexcept { is_asked_ = false; }
  // After a page has paused or resumed a stream there.
  void note_flow() noexcept { has_flows_ = true; }
  bool has_flows() const noexcept { return has_flows_; }
  // Forgets the last snapshot.
  void forget() {
    last_ = {};
    is_known_ = false;
  }

  // Without the inspector's own streams; those that a page holds wait for its resume.
  static insight::Snapshot take(Loop& loop);

  // Adds the loop, the streams that are new or have changed, those that are gone, and the
  // bottlenecks to the lists of the update; `snapshot` is then the last one.
  void add_changes(insight::Snapshot snapshot, Json& update);
  // The same for a page that knows nothing yet: the last snapshot.
  void add_everything(Json& update) const;

 private:
  Loop* loop_;
  std::uint64_t id_;
  std::string name_;
  insight::Snapshot last_{};
  bool is_known_ = false;
  bool has_flows_ = false;
  bool is_asked_ = false;  // for a snapshot, on its own thread
};

// The name of the inspector's connections, which the page does not show.
inline constexpr const char* kInspectorName = "weir inspector";

}  // namespace weir::internal
