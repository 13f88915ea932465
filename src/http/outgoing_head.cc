#include "http/outgoing_head.h"

#include "http/status_code.h"
#include "http/text.h"
#include <weir/base/error.h>
#include <weir/http/errors.h>
#include <weir/http/status.h>

#include <fmt/format.h>

namespace weir::http {

void OutgoingHead::begin_request(std::string_view method, std::string_view path) {
  request_line_ = fmt::format("{} {} HTTP/1.1\r\n", method, path);
  status_ = 0;
}

void OutgoingHead::omit(std::string_view name) noexcept {
  if (same_name(name, "connection")) rules_.omitted.add(Line::connection);
  if (same_name(name, "content-length")) rules_.omitted.add(Line::length);
  if (same_name(name, "transfer-encoding")) rules_.omitted.add(Line::encoding);
  if (same_name(name, "date")) rules_.omitted.add(Line::date);
}

void OutgoingHead::send_date(bool sends) {
  if (sends && !dates_) dates_ = make_ref<DateCache>();
  sends ? rules_.omitted.remove(Line::date) : rules_.omitted.add(Line::date);
}

void OutgoingHead::check_status(int status) {
  if (status < 100 || status > 999) refuse_status(status);
}

void OutgoingHead::refuse_status(int status) {
  throw Error(Errc::invalid_status_code, fmt::format("Invalid status code: {}", status));
}

void OutgoingHead::check_reason(std::string_view reason) {
  if (!is_header_text(reason))
    throw Error(Errc::invalid_char, "Invalid character in statusMessage");
}

// Node: writeHead, after its handling of headers.
Framing OutgoingHead::compose(HeadText& text, BodyHint hint) {
  HeadText status_line;
  const std::string_view first_line =
      request_line_.empty() ? make_status_line(status_line) : std::string_view(request_line_);
  if (awaits_continue_) rules_.wanted = Persistence::close;
  const bool says_date = !rules_.omitted.has(Line::date);
  const Framing framing = compose_head(text,
                                       {.first_line = first_line,
                                        .status = status_,
                                        .fields = fields_,
                                        .date = says_date ? dates_->now() : std::string_view()},
                                       rules_, hint);
  rules_.wanted = framing.wanted;
  rules_.after = framing.after;
  return framing;
}

// `made` holds the text of any line but the usual one.
std::string_view OutgoingHead::make_status_line(HeadText& made) {
  check_status(status_);
  check_reason(reason_);
  if (reason_.empty()) reason_ = status_text(status_);
  if (status_ == kOk && reason_ == "OK") return "HTTP/1.1 200 OK\r\n";
  append(made, "HTTP/1.1 ");
  append_number(made, static_cast<std::uint64_t>(status_));
  append(made, " ");
  append(made, reason_);
  append(made, "\r\n");
  return {made.data(), made.size()};
}

}  // namespace weir::http
