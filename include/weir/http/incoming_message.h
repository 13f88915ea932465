// weir/http/incoming_message.h - a request at the server, a response at the client: its head, and
// its body as a Readable.
//
//   fmt::print("{} {} from {}\n", request.method(), request.url(),
//              request.headers().get("user-agent").value_or("?"));
//   request.on<weir::Data>([](const weir::Data& data) { use(data.chunk.bytes()); });
//   request.on<weir::End>([&] { use(request.trailers()); });
//
// A body that nobody reads stays with the sender: nothing more is read from the connection once
// the mark is reached. When the response has finished, what is left of it is dropped.
// Keep a Ref to one that you need beyond the listener that it is given to.
// Node counterpart: http.IncomingMessage.
#pragma once

#include <weir/base/callback.h>
#include <weir/base/durations.h>
#include <weir/base/ref.h>
#include <weir/http/events.h>
#include <weir/http/headers.h>
#include <weir/net/connection.h>
#include <weir/stream/readable.h>

#include <stop_token>
#include <string>
#include <string_view>

namespace weir::http {

struct MessageHead;
class MessageSource;

class IncomingMessage : public DerivedStream<IncomingMessage, Readable, Aborted, TimeoutEvent> {
 public:
  // Of a request; empty else.
  std::string_view method() const noexcept { return method_; }
  const std::string& url() const noexcept { return url_; }
  // Of a response; 0 and empty else.
  int status_code() const noexcept { return status_code_; }
  const std::string& status_message() const noexcept { return status_message_; }

  // "1.1"; and its two numbers.
  std::string http_version() const;
  int http_version_major() const noexcept { return version_major_; }
  int http_version_minor() const noexcept { return version_minor_; }

  // To iterate over them gives Node's rawHeaders; get, its headers; get_all, its headersDistinct.
  const Headers& headers() const noexcept { return headers_; }
  // What came behind a chunked body; there once End is.
  const Headers& trailers() const noexcept { return trailers_; }

  // Whether all of it has come (and is perhaps not read yet).
  bool complete() const noexcept { return complete_; }
  // Whether it was destroyed, or the connection was, before it was complete and read.
  bool aborted() const noexcept { return aborted_; }
  // Stopped when it is aborted; of a request, also when its connection closes before its response
  // has finished. Work for the response may end then. Node: signal.
  std::stop_token signal();

  // What it came over; destroyed with it if it is destroyed before its End. Node: socket.
  net::Connection& connection() const noexcept { return *connection_; }

  // net::Connection::set_timeout; `timed_out`, where given, listens to Timeout here.
  IncomingMessage& set_timeout(std::chrono::milliseconds idle, Callback timed_out = {});

  std::string describe() const override;

 protected:
  void on_last_ref() noexcept override;

 private:
  friend class MessageSource;

  struct WithSource;

  // `head` loses what is taken.
  static Ref<IncomingMessage> make(MessageHead& head, Ref<net::Connection> connection);
  IncomingMessage(MessageSource& source, MessageHead& head, Ref<net::Connection> connection,
                  const ReadableOptions& options);

  bool is_watched() const noexcept;

  MessageSource& source_;
  Ref<net::Connection> connection_;
  std::string_view method_;
  std::string url_;
  std::string status_message_;
  int status_code_;
  int version_major_;
  int version_minor_;
  Headers headers_;
  Headers trailers_;
  std::stop_source stop_{std::nostopstate};  // once somebody asked for the signal
  bool complete_ = false;
  bool aborted_ = false;
};

}  // namespace weir::http
