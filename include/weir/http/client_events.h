// weir/http/client_events.h - events of a ClientRequest.
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

// The head of the response has arrived. With a listener, its body must be read, or the connection
// stays in use; without one, the body is dropped.
// Node: 'response'.
struct ResponseEvent {
  static constexpr std::string_view kEventName = "response";
  IncomingMessage& response;
};

// The server accepts the body that "Expect: 100-continue" announced. Node: 'continue'.
struct Continue {
  static constexpr std::string_view kEventName = "continue";
};

// An interim response has arrived, for example 103 Early Hints; also for 100. Node: 'information'.
struct Information {
  static constexpr std::string_view kEventName = "information";
  int status_code = 0;
  std::string status_message = {};
  int http_version_major = 0;
  int http_version_minor = 0;
  Headers headers = {};
};

// The server has switched protocols (101), or accepted CONNECT. The connection belongs to the
// listener; it is paused, and `head` is the first data of the new protocol. Without a listener it
// is destroyed.
// Node: 'upgrade', 'connect'.
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
