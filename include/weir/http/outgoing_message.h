// weir/http/outgoing_message.h - what responses at the server and requests at the client share: a
// head that is written once, and a body that is a Writable.
//
// The head is fixed by the first write or end, or by write_head. What frames the body is chosen
// then, as Node does: the Content-Length that was set, or the one that end(data) alone shows, else
// chunks, or the connection's end for clients without chunked encoding. What one callback of the
// program writes is one chunk, or as many as it reaches the mark.
//
// A write's callback means that the connection has handed the bytes to the system, and so does
// Finish: it says nothing about the other side. The writes of one callback of the program go out
// together. When the connection dies, the message is closed without Finish and without an Error.
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
  // --- The head. Each throws ERR_HTTP_HEADERS_SENT once it is fixed, and what
  // validate_header_name and validate_header_value throw. ---

  // In the place of what had that name; several values are several lines. Node: setHeader.
  OutgoingMessage& set_header(std::string_view name, std::string_view value);
  OutgoingMessage& set_header(std::string_view name,
                              std::initializer_list<std::string_view> values);
  template <std::integral N>
  OutgoingMessage& set_header(std::string_view name, N value) {
    return set_header(name, std::string_view(std::to_string(value)));
  }
  OutgoingMessage& set_headers(const Headers& headers);
  // One more line. Node: appendHeader.
  OutgoingMessage& append_header(std::string_view name, std::string_view value);
  // Also for those that would be added: Connection, Date, Content-Length, Transfer-Encoding.
  void remove_header(std::string_view name);

  // What was set so far. Node: getHeader, hasHeader, getHeaderNames (here in their case: Node's
  // getRawHeaderNames), getHeaders.
  std::optional<std::string> get_header(std::string_view name) const {
    return get_headers().get(name);
  }
  bool has_header(std::string_view name) const noexcept { return get_headers().has(name); }
  std::vector<std::string_view> get_header_names() const { return get_headers().names(); }
  const Headers& get_headers() const noexcept;

  // Of the body, what was handed to the connection, or waits for its turn there.
  std::uint64_t body_bytes() const noexcept;

  // Whether the head is fixed. Node: headersSent.
  bool headers_sent() const noexcept;
  // Sends the head without waiting for the body. Node: flushHeaders.
  void flush_headers();

  // What comes behind a chunked body; nothing else has a place for it. Replaces what was added.
  // ERRORS: throws ERR_INVALID_HTTP_TOKEN, ERR_INVALID_CHAR. Node: addTrailers.
  void add_trailers(const Headers& trailers);

  // Whether a Date line is added. Node: sendDate.
  void set_send_date(bool sends);
  // Have a body whose length is not the Content-Length fail with
  // ERR_HTTP_CONTENT_LENGTH_MISMATCH: as Error, where Node throws. Node: strictContentLength.
  void set_strict_content_length(bool strict) noexcept;

  // --- The connection. ---

  // Null while it is another message's turn, and once it is closed; of a response, once it has
  // finished. Node: socket.
  virtual net::Connection* connection() const noexcept;
  // net::Connection::set_timeout, as soon as there is one; `timed_out`, where given, listens to
  // Timeout here. Node: setTimeout.
  OutgoingMessage& set_timeout(std::chrono::milliseconds idle, Callback timed_out = {});

 protected:
  OutgoingMessage(TickQueue& ticks, MessageWriter& writer, const WritableOptions& options);

  MessageWriter& writer() const noexcept { return writer_; }
  OutgoingHead& head() const noexcept;
  void require_open_head(std::string_view verb) const;

 private:
  friend class MessageWriter;
  friend struct Exchange;

  // The connection has refused a write, and is about to fail because of it.
  virtual void on_write_failed(const Error&) { destroy(); }

  MessageWriter& writer_;
};

// DerivedStream for the messages: what returns the message returns it as a Self.
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
