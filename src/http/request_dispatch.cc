#include "http/request_dispatch.h"

#include "http/status_code.h"
#include "http/text.h"

namespace weir::http {

bool RequestDispatch::lacks_host(const MessageHead& head) const noexcept {
  if (head.host == HostField::none) return options_.require_host_header && head.version_minor > 0;
  return head.host == HostField::invalid && !options_.insecure_http_parser;
}

bool RequestDispatch::wants_upgrade(const IncomingMessage& request) const {
  if (request.method() == "CONNECT") return true;
  const auto& callback = options_.should_upgrade_callback;
  return callback ? callback(request) : server_.listener_count<Upgrade>() > 0;
}

void RequestDispatch::reject(const Exchange& exchange) {
  exchange.response->write_head(kBadRequest, {{"Connection", "close"}});
  exchange.response->end();
}

void RequestDispatch::dispatch(const Exchange& exchange, net::Connection& connection) {
  const IncomingMessage& request = *exchange.request;
  if (request.http_version_minor() > 0) {
    if (refuse(exchange, connection)) return;
    if (const auto expectation = request.headers().get("expect"))
      return expect(exchange, *expectation);
  }
  server_.emit(RequestEvent{*exchange.request, *exchange.response});
}

bool RequestDispatch::refuse(const Exchange& exchange, net::Connection& connection) {
  if (options_.max_requests_per_socket <= 0) return false;
  ++requests_;
  exchange.writer().head().rules().reached_limit = requests_ >= options_.max_requests_per_socket;
  if (requests_ <= options_.max_requests_per_socket) return false;
  server_.emit(DropRequest{*exchange.request, connection});
  exchange.response->write_head(kServiceUnavailable);
  exchange.response->end();
  return true;
}

void RequestDispatch::expect(const Exchange& exchange, std::string_view expectation) {
  IncomingMessage& request = *exchange.request;
  ServerResponse& response = *exchange.response;
  if (has_word(expectation, "100-continue")) {
    exchange.writer().head().await_continue(true);
    if (server_.emit(CheckContinue{request, response})) return;
    response.write_continue();
    server_.emit(RequestEvent{request, response});
  } else if (!server_.emit(CheckExpectation{request, response})) {
    constexpr int kExpectationFailed = 417;
    response.write_head(kExpectationFailed);
    response.end();
  }
}

}  // namespace weir::http
