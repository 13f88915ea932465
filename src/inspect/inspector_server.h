// The server of the inspector: routes, and the pages that get the changes of each interval.
//
//   GET  a file of the page
//   GET  events              server-sent events: hello, then update after update
//   GET  snapshot.json       one update with everything, of the server's own loop
//   GET  metrics             Prometheus text, or JSON, of that loop
//   GET  dump                its Loop::dump()
//   POST streams/PROCESS/ID/pause, .../resume
#pragma once

#include "inspect/event_feed.h"
#include "inspect/held_flows.h"
#include "inspect/page_server.h"
#include "inspect/watched_loop.h"
#include <weir/inspect/inspect.h>
#include <weir/loop/scoped_timer.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::internal {

class InspectorServer final : public RefCounted {
 public:
  InspectorServer(Loop& loop, const InspectOptions& options);

  PageServer& page() noexcept { return page_; }
  void add(Loop& loop, std::string name);
  void close();

 private:
  using Json = WatchedLoop::Json;

  void answer_get(http::IncomingMessage& request, http::ServerResponse& response,
                  std::string_view path);
  void answer_post(http::ServerResponse& response, std::string_view path);
  void open_feed(http::ServerResponse& response);
  std::optional<bool> set_flow(std::uint64_t id, bool pauses);
  void let_all_flow();

  void send_changes();
  void ask_other_loops();
  void forget_other_loops();
  void on_snapshot(std::uint64_t id, insight::Snapshot snapshot);
  Json new_update() const;
  std::string hello() const;
  WatchedLoop* find_loop(std::uint64_t id) noexcept;

  Loop& loop_;
  const std::chrono::nanoseconds begun_;
  const InspectOptions options_;
  PageServer page_;
  std::vector<std::unique_ptr<WatchedLoop>> loops_;  // the first is this one's
  EventFeed feed_;
  ScopedTimer timer_;               // while there are pages
  std::weak_ptr<HeldFlows*> held_;  // of this loop; empty before a page has paused a stream
  // For calls of other threads; used on the loop's own thread only. Null once it is closed.
  std::shared_ptr<InspectorServer*> self_ = std::make_shared<InspectorServer*>(this);
};

}  // namespace weir::internal
