// weir/http/events.h - what servers and messages emit, each event a type.
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

// The connection went, or the message was destroyed, before all of it had come. Node: 'aborted'.
struct Aborted {
  static constexpr std::string_view kEventName = "aborted";
};

// A message has its connection: a response's turn has come, a request's connection was chosen and
// may still be connecting. Node: 'socket'.
struct SocketEvent {
  static constexpr std::string_view kEventName = "socket";
  net::Connection& connection;
};

// Nothing came and nothing went for as long as set_timeout said. Node: 'timeout'.
struct TimeoutEvent {
  static constexpr std::string_view kEventName = "timeout";
  net::Connection& connection;
};

// Somebody asks for something; the answer is due. Node: 'request'.
struct RequestEvent {
  static constexpr std::string_view kEventName = "request";
  IncomingMessage& request;
  ServerResponse& response;
};

// One that waits for leave to send its body: write_continue gives it. Without a listener leave is
// given and it is a RequestEvent. Node: 'checkContinue'.
struct CheckContinue {
  static constexpr std::string_view kEventName = "checkContinue";
  IncomingMessage& request;
  ServerResponse& response;
};

// One that expects something else. Without a listener it is answered with 417.
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

// The connection failed, or what came over it is no HTTP. Who listens has to end or destroy the
// connection; without a listener it is answered with 400 (408, 413, 431) and closed.
// Node: 'clientError'.
struct ClientError {
  static constexpr std::string_view kEventName = "clientError";
  const Error& error;  // "HPE_INVALID_METHOD" and its like
  net::Connection& connection;
  Buffer raw_packet = {};        // what was being parsed
  std::size_t bytes_parsed = 0;  // of that, before the error
};

// The client wants to speak another protocol from here on: the connection is the listener's, and
// `head` the first that came of it. The connection does not flow until somebody has it do so.
// Without a listener, or with a body, Upgrade is a RequestEvent; the connection of a ConnectEvent is
// destroyed.
// Node: 'upgrade', 'connect'.
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

// One more request than max_requests_per_socket: it is answered with 503. Node: 'dropRequest'.
struct DropRequest {
  static constexpr std::string_view kEventName = "dropRequest";
  IncomingMessage& request;
  net::Connection& connection;
};

}  // namespace weir::http
