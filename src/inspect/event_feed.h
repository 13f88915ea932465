// The pages that are connected: each gets every event, as server-sent events.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
#pragma once

#include <weir/http/server_response.h>

#include <cstddef>
#include <string_view>
#include <vector>

namespace weir::internal {

class EventFeed {
 public:
  // The most that is held for a page that does not read; it is then disconnected.
  static constexpr std::size_t kMostHeld = std::size_t{4} << 20;

  // Begins an endless body of events.
  static void begin(http::ServerResponse& response);
  // The response to HEAD, which has no body.
  static void answer_head(http::ServerResponse& response);
  void add(http::ServerResponse& response);
  bool empty() noexcept;
  // `data` has no line ends.
  void send(std::string_view event, std::string_view data);
  static void send_to(http::ServerResponse& response, std::string_view event,
                      std::string_view data);
  void close();

 private:
  void drop_closed();

  std::vector<Ref<http::ServerResponse>> pages_;
};

}  // namespace weir::internal
