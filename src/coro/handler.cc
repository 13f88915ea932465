#include <weir/coro/handler.h>

#include <weir/base/error.h>
#include <weir/event/listener_table.h>
#include <weir/event/tick_queue.h>

#include <exception>
#include <string_view>
#include <utility>

namespace weir::internal {
namespace {

// Emitted on a response whose task has thrown: its listener rethrows the exception, so that the
// server treats the task like a listener.
struct HandlerFailed {
  static constexpr std::string_view kEventName = "handlerFailed";
  std::exception_ptr exception;
};

// The Error that a task has thrown; success for another exception.
Error error_of(const std::exception_ptr& exception) noexcept {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return error;
  } catch (...) {
    return {};
  }
}

// The client has closed or broken the connection, and the task has noticed it.
bool is_of(const Stream& stream, const Error& error) noexcept {
  if (!error || !stream.destroyed()) return false;
  return error == stream.errored() || error == Errc::aborted || error == Errc::stream_destroyed ||
         error == Errc::stream_premature_close;
}

void end_failed_request(http::IncomingMessage& request, http::ServerResponse& response,
                        std::exception_ptr exception) {
  const Error error = error_of(exception);
  const bool is_clients = is_of(response, error) || is_of(request, error) ||
                          (error == Errc::aborted && request.signal().stop_requested());
  if (is_clients) return static_cast<void>(response.destroy());
  response.listeners().add(
      &kEventKey<HandlerFailed>,
      [](const void* event) {
        std::rethrow_exception(static_cast<const HandlerFailed*>(event)->exception);
      },
      ListenerTable::Place::last, ListenerTable::Times::once);
  // Not from here: the exception is thrown by a tick, as every uncaught one.
  response.ticks().next_tick([response = Ref<http::ServerResponse>(&response),
                              failed = HandlerFailed{std::move(exception)}] {
    response->listeners().emit(&kEventKey<HandlerFailed>, &failed);
  });
}

void end_failed_connection(net::Connection& connection, std::exception_ptr exception) {
  const bool is_clients = is_of(connection, error_of(exception));
  if (!connection.destroyed()) connection.reset_and_destroy();
  if (!is_clients) report_uncaught(connection.ticks(), std::move(exception));
}

}  // namespace

Task<> answer(Task<> task, Ref<RefCounted>, Ref<http::IncomingMessage> request,
              Ref<http::ServerResponse> response) {
  request->on<Error>([] {});  // the client has left; a wait may have ended by the stop before
  std::exception_ptr failed;
  try {
    co_await std::move(task);
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed) end_failed_request(*request, *response, std::move(failed));
}

Task<> serve(Task<> task, Ref<RefCounted>, Ref<net::Connection> connection) {
  connection->on<Error>([] {});  // a co_await throws it; the client may also leave after the last
  std::exception_ptr failed;
  try {
    co_await std::move(task);
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed) end_failed_connection(*connection, std::move(failed));
}

}  // namespace weir::internal
