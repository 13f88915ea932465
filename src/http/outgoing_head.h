// The head of an outgoing message until it is composed: first line, headers and framing rules, as
// the program sets them.
#pragma once

#include "http/compose_head.h"
#include "http/date.h"
#include <weir/base/ref.h>
#include <weir/http/headers.h>

#include <string>
#include <string_view>
#include <utility>

namespace weir::http {

class OutgoingHead {
 public:
  // The head of a response. `dates` is null for a message without a Date header.
  explicit OutgoingHead(Ref<DateCache> dates) noexcept : dates_(std::move(dates)) {
    if (!dates_) rules_.omitted.add(Line::date);
  }
  // Turns it into the head of a request.
  void begin_request(std::string_view method, std::string_view path);

  Headers& fields() noexcept { return fields_; }
  FramingRules& rules() noexcept { return rules_; }
  const FramingRules& rules() const noexcept { return rules_; }

  int status() const noexcept { return status_; }
  void set_status(int status) noexcept { status_ = status; }
  const std::string& reason() const noexcept { return reason_; }
  void set_reason(std::string_view reason) { reason_ = reason; }

  // remove_header for a header that weir adds.
  void omit(std::string_view name) noexcept;
  // Whether to add a Date header.
  void send_date(bool sends);
  // The connection closes after this message.
  void close_after() noexcept { rules_.wanted = rules_.after = Persistence::close; }
  bool closes_after() const noexcept { return rules_.after == Persistence::close; }
  // Closes the connection after the message unless `write_continue` is called: the client may or
  // may not send the body, so the connection's further bytes are ambiguous.
  void await_continue(bool awaits) noexcept { awaits_continue_ = awaits; }

  // Checks the status as compose does. ERRORS: throws ERR_HTTP_INVALID_STATUS_CODE,
  // ERR_INVALID_CHAR.
  static void check_status(int status);
  [[noreturn]] static void refuse_status(int status);
  static void check_reason(std::string_view reason);

  // Appends the head to `text`. The rules then hold the persistence that was decided. ERRORS:
  // throws as check_status and check_reason, and ERR_HTTP_TRAILER_INVALID.
  Framing compose(HeadText& text, BodyHint hint);

 private:
  std::string_view make_status_line(HeadText& made);

  Ref<DateCache> dates_;
  Headers fields_;
  FramingRules rules_;
  std::string request_line_;  // empty for a response
  int status_ = 200;
  std::string reason_;
  bool awaits_continue_ = false;
};

}  // namespace weir::http
