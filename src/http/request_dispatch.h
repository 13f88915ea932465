// Maps a request to the server's event, or to a response by weir itself: limits, Host, Expect and
// Upgrade.
#pragma once

#include "http/exchange_queue.h"
#include "http/parser.h"
#include <weir/base/ref.h>
#include <weir/http/server.h>

#include <string_view>

namespace weir::http {

// A connection has one.
class RequestDispatch {
 public:
  // `options` belong to the server.
  RequestDispatch(Server& server, const ServerOptions& options) noexcept
      : server_(server), options_(options) {}

  // Whether the head is refused for its Host header (RFC 9112, 3.2).
  bool lacks_host(const MessageHead& head) const noexcept;
  // Whether the request switches the connection to another protocol.
  bool wants_upgrade(const IncomingMessage& request) const;

  // ERRORS: throws exceptions of listeners. Node: parserOnIncoming.
  void dispatch(const Exchange& exchange, net::Connection& connection);
  static void reject(const Exchange& exchange);

 private:
  bool refuse(const Exchange& exchange, net::Connection& connection);
  void expect(const Exchange& exchange, std::string_view expectation);

  Server& server_;
  const ServerOptions& options_;
  int requests_ = 0;
};

}  // namespace weir::http
