// weir/coro/handler.h - co::handler: a coroutine as the listener of a server.
//
//   auto web = weir::http::create_server(loop, weir::co::handler(
//       [](weir::http::IncomingMessage& request, weir::http::ServerResponse& response)
//           -> weir::Task<> {
//         const std::string body = co_await weir::co::text(request);
//         co_await weir::co::end(response, body);
//       }));
//   auto echo = weir::net::create_server(loop, weir::co::handler(
//       [](weir::net::Socket& socket) -> weir::Task<> {
//         auto chunks = weir::co::chunks(socket);
//         while (auto chunk = co_await chunks.next())
//           co_await weir::co::write(socket, *std::move(chunk));
//       }));
//
// - Each request and each connection has its own task. The task keeps the function and its
//   arguments alive.
// - The task of a request has the token of IncomingMessage::signal: if the client disconnects, its
//   waits end with ABORT_ERR.
// - An exception of the task has the effect of a listener's: a request gets status 500, or a reset
//   if the head was sent; a connection is reset. The exception is uncaught, unless it is the error
//   of the connection itself, which the client has caused. An Error of the request or of the
//   connection that no co_await throws is dropped.
#pragma once

#include <weir/base/ref.h>
#include <weir/coro/run.h>
#include <weir/coro/task.h>
#include <weir/http/incoming_message.h>
#include <weir/http/server_response.h>
#include <weir/net/socket.h>
#include <weir/net/tls_socket.h>

#include <concepts>
#include <type_traits>
#include <utility>

namespace weir {

namespace internal {

// Await the task of a request or of a connection, and end that if the task throws.
Task<> answer(Task<> task, Ref<RefCounted> function, Ref<http::IncomingMessage> request,
              Ref<http::ServerResponse> response);
Task<> serve(Task<> task, Ref<RefCounted> function, Ref<net::Connection> connection);

template <class F>
class Handler {
 public:
  explicit Handler(F function) : kept_(make_ref<KeptFunction<F>>(std::move(function))) {}

  void operator()(http::IncomingMessage& request, http::ServerResponse& response) const
    requires std::same_as<std::invoke_result_t<F&, http::IncomingMessage&, http::ServerResponse&>,
                          Task<>>
  {
    co::spawn(response.ticks(),
              answer(kept_->function(request, response), kept_,
                     Ref<http::IncomingMessage>(&request), Ref<http::ServerResponse>(&response)),
              request.signal());
  }

  // A net::Socket or a tls::Socket.
  template <std::derived_from<net::Connection> S>
    requires std::same_as<std::invoke_result_t<F&, S&>, Task<>>
  void operator()(S& socket) const {
    co::spawn(socket.ticks(), serve(kept_->function(socket), kept_, Ref<net::Connection>(&socket)));
  }

 private:
  Ref<KeptFunction<F>> kept_;
};

}  // namespace internal

namespace co {

// A listener that starts `function` as a task: `Task<>(IncomingMessage&, ServerResponse&)`, or
// `Task<>(Socket&)`.
template <class F>
internal::Handler<F> handler(F function) {
  return internal::Handler<F>(std::move(function));
}

}  // namespace co
}  // namespace weir
