#include <weir/inspect/handler.h>

#include "inspect/watched_loop.h"
#include <weir/insight/export.h>

namespace weir::insight {

void Handler::operator()(http::IncomingMessage& request, http::ServerResponse& response) {
  request.resume();
  if (request.method() != "GET" && request.method() != "HEAD") {
    response.write_head(405, {{"Allow", "GET, HEAD"}});
    response.end();
    return;
  }
  const std::string accept = request.headers().get("accept").value_or("");
  const bool is_json = accept.find("application/json") != std::string::npos;
  response.write_head(200, {{"Content-Type", is_json ? "application/json"
                                                     : "text/plain; version=0.0.4; charset=utf-8"},
                            {"Cache-Control", "no-store"}});
  const Snapshot snapshot = internal::WatchedLoop::take(*loop_);
  response.end(is_json ? to_json(snapshot) : to_prometheus(snapshot));
}

}  // namespace weir::insight
