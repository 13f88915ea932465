// weir/http/outgoing_message.h - OutgoingMessage: the base class of responses and requests.
//
// It is a head that is sent once, and a body that is a Writable.
//
// - The first write, end or write_head fixes the head. As in Node, the framing of the body is
//   chosen then: the Content-Length that was set, or that of end(data) alone; otherwise chunked
//   encoding; for clients without it, the end of the connection.
// - Writes are sent together on the next tick, or when they reach the high-water mark. In chunked
//   encoding, the writes that are sent together are one HTTP chunk.
// - A write's callback, and Finish, mean that the system has the bytes, not that the peer has them.
// - If the connection is lost, the message is closed without Finish and without an Error.
//
// Node counterpart: http.OutgoingMessage.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/http/events.h>
#include <weir/http/headers.h>
#include <weir/net/connection.h>
#include <weir/stream/writable.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::http {

class MessageWriter;
class OutgoingHead;
struct Exchange;

class OutgoingMessage : public DerivedStream<OutgoingMessage, Writable, TimeoutEvent> {
 public:
  // --- The head. Each function throws ERR_HTTP_HEADERS_SENT once it is fixed, and the errors of
  // validate_header_name and validate_header_value. ---

  // Replaces the headers with this name; several values make several lines. Node: setHeader.
  OutgoingMessage& set_header(std::string_view name, std::string_view value);
  OutgoingMessage& set_header(std::string_view name,
                              std::initializer_list<std::string_view> values);
  template <std::integral N>
  OutgoingMessage& set_header(std::string_view name, N value) {
    return set_header(name, std::string_view(std::to_string(value)));
  }
  OutgoingMessage& set_headers(const Headers& headers);
  // Adds a line. Node: appendHeader.
  OutgoingMessage& append_header(std::string_view name, std::string_view value);
  // Also removes default headers: Connection, Date, Content-Length, Transfer-Encoding.
  void remove_header(std::string_view name);

  // The headers set so far.
  // Node: getHeader, hasHeader, getHeaderNames (in their case: Node's getRawHeaderNames),
  // getHeaders.
  std::optional<std::string> get_header(std::string_view name) const {
    return get_headers().get(name);
  }
  bool has_header(std::string_view name) const noexcept { return get_headers().has(name); }
  std::vector<std::string_view> get_header_names() const { return get_headers().names(); }
  const Headers& get_headers() const noexcept;

  // The number of body bytes that were passed to the connection, or wait for it.
  std::uint64_t body_bytes() const noexcept;

  // True once the head is fixed. Node: headersSent.
  bool headers_sent() const noexcept;
  // Sends the head without waiting for the body. Node: flushHeaders.
  void flush_headers();

  // Sets the trailers of a chunked body, replacing earlier ones; other bodies have no trailers.
  // ERRORS: throws ERR_INVALID_HTTP_TOKEN, ERR_INVALID_CHAR.
  // Node: addTrailers.
  void add_trailers(const Headers& trailers);

  // If false, no Date header is added. Node: sendDate.
  void set_send_date(bool sends);
  // A body whose length differs from Content-Length fails with ERR_HTTP_CONTENT_LENGTH_MISMATCH, as
  // an Error event; Node throws.
  // Node: strictContentLength.
  void set_strict_content_length(bool strict) noexcept;

  // --- The connection. ---

  // Null before the message has its connection (see SocketEvent) and after that has closed; for a
  // response, also after Finish.
  // Node: socket.
  virtual net::Connection* connection() const noexcept;
  const Stream* carrier() const override { return connection(); }
  // Calls net::Connection::set_timeout once there is a connection; `timed_out`, if given, listens
  // to Timeout of this message.
  // Node: setTimeout.
  OutgoingMessage& set_timeout(std::chrono::milliseconds idle, Callback timed_out = {});

 protected:
  OutgoingMessage(MessageWriter& writer, const WritableOptions& options);

  MessageWriter& writer() const noexcept { return writer_; }
  OutgoingHead& head() const noexcept;
  void require_open_head(std::string_view verb) const;

 private:
  friend class MessageWriter;
  friend struct Exchange;

  // The connection has refused a write, and is about to fail.
  virtual void on_write_failed(const Error&) { destroy(); }

  MessageWriter& writer_;
};

// DerivedStream for messages: functions that return the message return a Self.
template <class Self, class... More>
class DerivedMessage : public DerivedStream<Self, OutgoingMessage, More...> {
 public:
  Self& set_header(std::string_view name, std::string_view value) {
    this->OutgoingMessage::set_header(name, value);
    return self();
  }
  Self& set_header(std::string_view name, std::initializer_list<std::string_view> values) {
    this->OutgoingMessage::set_header(name, values);
    return self();
  }
  template <std::integral N>
  Self& set_header(std::string_view name, N value) {
    this->OutgoingMessage::set_header(name, value);
    return self();
  }
  Self& set_headers(const Headers& headers) {
    this->OutgoingMessage::set_headers(headers);
    return self();
  }
  Self& append_header(std::string_view name, std::string_view value) {
    this->OutgoingMessage::append_header(name, value);
    return self();
  }
  Self& set_timeout(std::chrono::milliseconds idle, Callback timed_out = {}) {
    this->OutgoingMessage::set_timeout(idle, std::move(timed_out));
    return self();
  }

 protected:
  using DerivedMessage::DerivedStream::DerivedStream;

 private:
  Self& self() noexcept { return static_cast<Self&>(*this); }
};

}  // namespace weir::http
