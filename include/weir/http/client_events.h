// weir/http/client_events.h - what a ClientRequest emits besides a message's own events.
#pragma once

#include <weir/base/buffer.h>
#include <weir/http/events.h>
#include <weir/http/headers.h>

#include <string>
#include <string_view>

namespace weir::net {
class Connection;
}

namespace weir::http {

class IncomingMessage;

// The head of the answer is here. Without a listener its body is dropped; with one it has to be
// read, or else the connection stays in use. Node: 'response'.
struct ResponseEvent {
  static constexpr std::string_view kEventName = "response";
  IncomingMessage& response;
};

// The server wants the body that "Expect: 100-continue" announced. Node: 'continue'.
struct Continue {
  static constexpr std::string_view kEventName = "continue";
};

// A head that comes before the head, Continue's as well: 103 Early Hints, say. Node: 'information'.
struct Information {
  static constexpr std::string_view kEventName = "information";
  int status_code = 0;
  std::string status_message = {};
  int http_version_major = 0;
  int http_version_minor = 0;
  Headers headers = {};
};

// The server speaks another protocol from here on (101), or what CONNECT asked for: the connection
// is the listener's, and `head` the first that came of it. It does not flow until somebody has it
// do so. Without a listener it is destroyed. Node: 'upgrade', 'connect'.
struct Upgraded {
  static constexpr std::string_view kEventName = "upgrade";
  IncomingMessage& response;
  net::Connection& connection;
  Buffer head;
};
struct Connected {
  static constexpr std::string_view kEventName = "connect";
  IncomingMessage& response;
  net::Connection& connection;
  Buffer head;
};

// abort() was called. Node: 'abort'.
struct Abort {
  static constexpr std::string_view kEventName = "abort";
};

}  // namespace weir::http
