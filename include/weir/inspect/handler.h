// weir/inspect/handler.h - the metrics of one Loop for a server of your own, on that Loop.
//
//   auto metrics = weir::insight::handler(loop);
//   auto server = weir::http::create_server(loop, [metrics](auto& request, auto& response) mutable
//   {
//     if (request.url() == "/metrics") return metrics(request, response);
//     ...
//   });
#pragma once

#include <weir/http/incoming_message.h>
#include <weir/http/server_response.h>
#include <weir/loop/loop.h>

namespace weir::insight {

// Answers GET and HEAD with the Prometheus text, or with JSON if the request accepts
// application/json; any other method with 405. Without the inspector's own connections. REQUIRES:
// the loop outlives it.
class Handler {
 public:
  explicit Handler(Loop& loop) noexcept : loop_(&loop) {}
  void operator()(http::IncomingMessage& request, http::ServerResponse& response);

 private:
  Loop* loop_;
};

inline Handler handler(Loop& loop) { return Handler(loop); }

}  // namespace weir::insight
