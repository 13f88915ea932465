// weir/coro/http.h - co::get, co::request and co::response: HTTP requests in a coroutine.
//
//   auto response = co_await weir::co::get(loop, "http://127.0.0.1:8080/");
//   auto body = weir::co::chunks(*response);
//   while (auto chunk = co_await body.next()) use(chunk->bytes());
//
// A body of one's own, at the server's pace:
//
//   auto upload = weir::http::request(loop, url, {.method = "PUT"});
//   auto coming = weir::co::response(*upload);               // before the first co_await
//   while (auto chunk = co_await file.next()) co_await weir::co::write(*upload, *std::move(chunk));
//   upload->end();
//   const auto response = co_await coming;
#pragma once

#include <weir/base/ref.h>
#include <weir/coro/internal/event_waiter.h>
#include <weir/coro/internal/result_waiter.h>
#include <weir/coro/read.h>
#include <weir/coro/task.h>
#include <weir/http/client_request.h>
#include <weir/http/incoming_message.h>
#include <weir/http/request.h>
#include <weir/loop/loop.h>

#include <string>

namespace weir {

namespace internal {

class ResponseWaiter final : public EventWaiterBase {
 public:
  explicit ResponseWaiter(http::ClientRequest& request);
  void start(http::ClientRequest& request);
  Ref<http::IncomingMessage> take();

 private:
  Ref<http::IncomingMessage> response_;
};

}  // namespace internal

namespace co {

// Listens to the request's response from now on; the co_await returns it.
// REQUIRES: the body is read, or dropped with resume() or destroy().
// ERRORS: the request's; ABORT_ERR on a stop, which leaves the request running.
internal::ResultAwaiter<Ref<http::IncomingMessage>, internal::ResponseWaiter> response(
    http::ClientRequest& request);

// Sends a request with this body, and returns the response once its head is there. A stop, and the
// end of the coroutine while it waits, destroys the request.
Task<Ref<http::IncomingMessage>> request(Loop& loop, std::string url, http::RequestOptions options,
                                         std::string body = {});
Task<Ref<http::IncomingMessage>> get(Loop& loop, std::string url);
Task<Ref<http::IncomingMessage>> get(Loop& loop, std::string url, http::RequestOptions options);

}  // namespace co
}  // namespace weir
