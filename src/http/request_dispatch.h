// Which event of a server a request becomes, or which answer weir gives itself: limits, Host,
// Expect and Upgrade.
#pragma once

#include "http/exchange_queue.h"
#include "http/parser.h"
#include <weir/base/ref.h>
#include <weir/http/server.h>

#include <string_view>

namespace weir::http {

// One for each connection.
class RequestDispatch {
 public:
  // `options` are the server's.
  RequestDispatch(Server& server, const ServerOptions& options) noexcept
      : server_(server), options_(options) {}

  // Whether the head is refused for its Host line (RFC 9112, 3.2).
  bool lacks_host(const MessageHead& head) const noexcept;
  // Whether the connection is another protocol's after such a request.
  bool wants_upgrade(const IncomingMessage& request) const;

  // ERRORS: throw what the listeners throw. Node: parserOnIncoming.
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
