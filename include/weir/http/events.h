// weir/http/events.h - events of HTTP servers and messages.
#pragma once

#include <weir/base/buffer.h>
#include <weir/base/error.h>

#include <cstddef>
#include <string_view>

namespace weir::net {
class Connection;
}

namespace weir::http {

class IncomingMessage;
class ServerResponse;

// The message was destroyed, or its connection was lost, before the message was complete.
// Node: 'aborted'.
struct Aborted {
  static constexpr std::string_view kEventName = "aborted";
};

// The message has its connection: the response is first in the connection's queue, or a connection
// was chosen for the request (it may still be connecting).
// Node: 'socket'.
struct SocketEvent {
  static constexpr std::string_view kEventName = "socket";
  net::Connection& connection;
};

// No byte was received or sent for the time given to set_timeout. Node: 'timeout'.
struct TimeoutEvent {
  static constexpr std::string_view kEventName = "timeout";
  net::Connection& connection;
};

// A request has arrived and needs a response. Node: 'request'.
struct RequestEvent {
  static constexpr std::string_view kEventName = "request";
  IncomingMessage& request;
  ServerResponse& response;
};

// A request with "Expect: 100-continue" waits for write_continue before it sends its body. Without
// a listener, the server calls write_continue and emits RequestEvent. Node: 'checkContinue'.
struct CheckContinue {
  static constexpr std::string_view kEventName = "checkContinue";
  IncomingMessage& request;
  ServerResponse& response;
};

// A request with another Expect header has arrived. Without a listener, the response is 417.
// Node: 'checkExpectation'.
struct CheckExpectation {
  static constexpr std::string_view kEventName = "checkExpectation";
  IncomingMessage& request;
  ServerResponse& response;
};

// Node: 'connection'.
struct ConnectionEvent {
  static constexpr std::string_view kEventName = "connection";
  net::Connection& connection;
};

// The connection failed, or received invalid HTTP. The listener ends or destroys the connection.
// Without a listener, the response is 400 (or 408, 413, 414, 431, 501, 505) and the connection is
// closed.
// Node: 'clientError'.
struct ClientError {
  static constexpr std::string_view kEventName = "clientError";
  const Error& error;  // for example "HPE_INVALID_METHOD"
  net::Connection& connection;
  Buffer raw_packet = {};        // the data that was being parsed
  std::size_t bytes_parsed = 0;  // the part of it before the error
};

// The client requests another protocol: the connection belongs to the listener, and `head` has the
// first data after the request. The connection is paused until the listener resumes it. Without a
// listener, or with a body, Upgrade is a RequestEvent; the connection of a ConnectEvent is
// destroyed. Node: 'upgrade', 'connect'.
struct Upgrade {
  static constexpr std::string_view kEventName = "upgrade";
  IncomingMessage& request;
  net::Connection& connection;
  Buffer head;
};
struct ConnectEvent {
  static constexpr std::string_view kEventName = "connect";
  IncomingMessage& request;
  net::Connection& connection;
  Buffer head;
};

// A request beyond max_requests_per_socket has arrived. The response is 503. Node: 'dropRequest'.
struct DropRequest {
  static constexpr std::string_view kEventName = "dropRequest";
  IncomingMessage& request;
  net::Connection& connection;
};

}  // namespace weir::http
