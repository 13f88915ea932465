// A page of inspect_processes: writes the events of each process, with its number, at the pace of
// the page.
#pragma once

#include <weir/event/scoped_listeners.h>
#include <weir/http/server_response.h>
#include <weir/inspect/process_events.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::internal {

class ForwardedPage {
 public:
  // Answers the request with an endless body.
  ForwardedPage(Loop& loop, const std::vector<std::string>& places, http::ServerResponse& response);
  ForwardedPage(const ForwardedPage&) = delete;
  ForwardedPage& operator=(const ForwardedPage&) = delete;
  ~ForwardedPage();

  http::ServerResponse& response() const noexcept { return *response_; }

 private:
  // `rest`: the event's JSON after {"process":0
  void write(std::string_view event, std::size_t process, std::string_view rest);
  void write_lost(std::size_t process, const std::string& name, const Error& reason);

  Ref<http::ServerResponse> response_;
  std::vector<ProcessEvents> processes_;
  ScopedListeners listeners_;
};

}  // namespace weir::internal
