// weir/http/incoming_message.h - IncomingMessage: a received request or response as a Readable.
//
//   fmt::print("{} {} from {}\n", request.method(), request.url(),
//              request.headers().get("user-agent").value_or("?"));
//   request.on<weir::Data>([](const weir::Data& data) { use(data.chunk.bytes()); });
//   request.on<weir::End>([&] { use(request.trailers()); });
//
// - A body without a reader stays with its sender: the connection is not read beyond the high-water
//   mark. When the response has finished, a request's body that the program has not begun to read
//   is dropped. The rest of one that it has begun would hold up the connection: call resume() to
//   drop it.
// - Keep a Ref to a message that you use after its listener has returned.
//
// Node counterpart: http.IncomingMessage.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/ref.h>
#include <weir/http/events.h>
#include <weir/http/headers.h>
#include <weir/net/connection.h>
#include <weir/stream/readable.h>

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace weir::http {

struct MessageHead;
class MessageSource;

class IncomingMessage : public DerivedStream<IncomingMessage, Readable, Aborted, TimeoutEvent> {
 public:
  // Of a request; empty for a response.
  std::string_view method() const noexcept { return method_; }
  const std::string& url() const noexcept { return is_request() ? text_ : no_text(); }
  // Of a response; 0 and empty for a request.
  int status_code() const noexcept { return status_code_; }
  const std::string& status_message() const noexcept { return is_request() ? no_text() : text_; }

  // "1.1", and its two numbers.
  std::string http_version() const;
  int http_version_major() const noexcept { return version_major_; }
  int http_version_minor() const noexcept { return version_minor_; }

  // Iteration gives Node's rawHeaders; get, its headers; get_all, its headersDistinct.
  const Headers& headers() const noexcept { return headers_; }
  // The trailers of a chunked body; present after End.
  const Headers& trailers() const noexcept;

  // True if the whole message has arrived. It may still be unread.
  bool complete() const noexcept { return complete_; }
  // True if the message, or its connection, was destroyed before the message was complete and read.
  bool aborted() const noexcept { return aborted_; }
  // Stopped when the message is aborted; for a request, also when its connection closes before its
  // response has finished. Use it to cancel work for the response.
  // Node: signal.
  std::stop_token signal();

  // The connection of the message. Destroying the message before its End destroys the connection.
  // Node: socket.
  net::Connection& connection() const noexcept { return *connection_; }

  // Calls net::Connection::set_timeout; `timed_out`, if given, listens to Timeout of this message.
  IncomingMessage& set_timeout(std::chrono::milliseconds idle, Callback timed_out = {});

  std::string describe() const override;
  const Stream* carrier() const override { return connection_.get(); }

 protected:
  void on_last_ref() noexcept override;

 private:
  friend class MessageSource;

  struct WithSource;

  // Moves from `head`.
  static Ref<IncomingMessage> make(MessageHead& head, Ref<net::Connection> connection);
  IncomingMessage(MessageSource& source, MessageHead& head, Ref<net::Connection> connection,
                  const ReadableOptions& options);

  bool is_watched() noexcept;
  bool is_request() const noexcept { return !method_.empty(); }
  static const std::string& no_text() noexcept;

  MessageSource& source_;
  Ref<net::Connection> connection_;
  std::string_view method_;
  // The url or the status message. With both, a request would be too large for malloc's cache.
  std::string text_;
  int status_code_;
  int version_major_;
  int version_minor_;
  Headers headers_;
  std::unique_ptr<const Headers> trailers_;  // null: none
  std::stop_source stop_{std::nostopstate};  // with a state after the first call of signal()
  bool complete_ = false;
  bool aborted_ = false;
};

}  // namespace weir::http
