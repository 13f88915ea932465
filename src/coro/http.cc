#include <weir/coro/http.h>

#include <weir/base/error.h>
#include <weir/coro/internal/stream_waiters.h>
#include <weir/coro/internal/unfinished.h>
#include <weir/stream/events.h>

#include <utility>

namespace weir {
namespace internal {

ResponseWaiter::ResponseWaiter(http::ClientRequest& request)
    : EventWaiterBase(request.ticks(), request.listeners()) {}

void ResponseWaiter::start(http::ClientRequest& request) {
  listen(&kEventKey<http::ResponseEvent>, [this, &request](const void* event) {
    if (is_over()) return;
    // A connection that fails from here on fails the response, too, which is read.
    request.on<Error>([] {});
    response_ =
        Ref<http::IncomingMessage>(&static_cast<const http::ResponseEvent*>(event)->response);
    ensure_waiters(*response_, "co::response");
    complete();
  });
  listen(&kEventKey<Error>, [this](const void* event) { fail(*static_cast<const Error*>(event)); });
  listen(&kEventKey<Close>, [this](const void*) { fail(Errc::stream_premature_close); });
  if (request.closed()) drop_on_tick(request.ticks());
}

Ref<http::IncomingMessage> ResponseWaiter::take() {
  remove_listeners();
  if (response_) return std::move(response_);
  throw Error(error_ ? error_ : failure());
}

}  // namespace internal

namespace co {

internal::ResultAwaiter<Ref<http::IncomingMessage>, internal::ResponseWaiter> response(
    http::ClientRequest& request) {
  internal::ensure_waiters(request, "co::response");
  auto waiter = make_ref<internal::ResponseWaiter>(request);
  waiter->start(request);
  return internal::ResultAwaiter<Ref<http::IncomingMessage>, internal::ResponseWaiter>(
      std::move(waiter));
}

Task<Ref<http::IncomingMessage>> request(Loop& loop, std::string url, http::RequestOptions options,
                                         std::string body) {
  internal::Unfinished<http::ClientRequest> sent(http::request(loop, url, std::move(options)));
  auto awaited = response(*sent);
  if (body.empty())
    sent->end();
  else
    sent->end(std::move(body));
  auto answer = co_await std::move(awaited);
  static_cast<void>(sent.release());
  co_return answer;
}

Task<Ref<http::IncomingMessage>> get(Loop& loop, std::string url, http::RequestOptions options) {
  return co::request(loop, std::move(url), std::move(options));
}
Task<Ref<http::IncomingMessage>> get(Loop& loop, std::string url) {
  return co::request(loop, std::move(url), http::RequestOptions());
}

}  // namespace co
}  // namespace weir
