#include "inspect/event_feed.h"

#include <weir/net/connection.h>

#include <utility>

namespace weir::internal {

void EventFeed::begin(http::ServerResponse& response) {
  response.write_head(200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}});
  response.flush_headers();
}

void EventFeed::answer_head(http::ServerResponse& response) {
  begin(response);
  response.end();
}

void EventFeed::add(http::ServerResponse& response) {
  begin(response);
  pages_.emplace_back(&response);
}

bool EventFeed::empty() noexcept {
  drop_closed();
  return pages_.empty();
}

void EventFeed::drop_closed() {
  std::erase_if(pages_, [](const Ref<http::ServerResponse>& page) { return page->destroyed(); });
}

void EventFeed::send(std::string_view event, std::string_view data) {
  drop_closed();
  for (const Ref<http::ServerResponse>& page : pages_) send_to(*page, event, data);
}

void EventFeed::send_to(http::ServerResponse& page, std::string_view event, std::string_view data) {
  net::Connection* const connection = page.connection();
  const std::size_t held =
      page.writable_length() + (connection ? connection->writable_length() : 0);
  if (held > kMostHeld) {
    page.destroy();
    return;
  }
  page.cork();
  page.write("event: ");
  page.write(event);
  page.write("\ndata: ");
  page.write(data);
  page.write("\n\n");
  page.uncork();
}

void EventFeed::close() {
  for (const Ref<http::ServerResponse>& page : std::exchange(pages_, {})) page->destroy();
}

}  // namespace weir::internal
