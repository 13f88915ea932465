#include <weir/http/outgoing_message.h>

#include "http/message_writer.h"
#include "http/text.h"
#include <weir/base/error.h>
#include <weir/http/errors.h>

#include <fmt/format.h>

namespace weir::http {

OutgoingMessage::OutgoingMessage(MessageWriter& writer, const WritableOptions& options)
    : DerivedStream(writer, MessageWriter::kTraits, options), writer_(writer) {
  writer.belongs_to(*this);
}

std::uint64_t OutgoingMessage::body_bytes() const noexcept { return writer_.body().bytes(); }

OutgoingHead& OutgoingMessage::head() const noexcept { return writer_.head(); }

const Headers& OutgoingMessage::get_headers() const noexcept { return head().fields(); }

bool OutgoingMessage::headers_sent() const noexcept {
  // The writer receives a write only at the end of the tick.
  return writer_.head_composed() || writable_length() > 0 || writable_ended();
}

void OutgoingMessage::require_open_head(std::string_view verb) const {
  if (headers_sent())
    throw Error(Errc::headers_sent,
                fmt::format("Cannot {} headers after they are sent to the client", verb));
}

OutgoingMessage& OutgoingMessage::set_header(std::string_view name, std::string_view value) {
  require_open_head("set");
  validate_header_name(name);
  validate_header_value(name, value);
  head().fields().set(name, value);
  return *this;
}

OutgoingMessage& OutgoingMessage::set_header(std::string_view name,
                                             std::initializer_list<std::string_view> values) {
  require_open_head("set");
  validate_header_name(name);
  for (const std::string_view value : values) validate_header_value(name, value);
  head().fields().remove(name);
  for (const std::string_view value : values) head().fields().append(name, value);
  return *this;
}

OutgoingMessage& OutgoingMessage::set_headers(const Headers& headers) {
  require_open_head("set");
  for (const auto [name, value] : headers) {
    validate_header_name(name);
    validate_header_value(name, value);
  }
  for (const std::string_view name : headers.names()) head().fields().remove(name);
  for (const auto [name, value] : headers) head().fields().append(name, value);
  return *this;
}

OutgoingMessage& OutgoingMessage::append_header(std::string_view name, std::string_view value) {
  require_open_head("append");
  validate_header_name(name);
  validate_header_value(name, value);
  head().fields().append(name, value);
  return *this;
}

void OutgoingMessage::remove_header(std::string_view name) {
  require_open_head("remove");
  head().omit(name);
  head().fields().remove(name);
}

void OutgoingMessage::flush_headers() {
  const Pin alive(*this);
  if (!writer_.head_composed()) writer_.compose_head();
  writer_.flush_head();
}

void OutgoingMessage::add_trailers(const Headers& trailers) {
  std::string lines;
  for (const auto [name, value] : trailers) {
    validate_header_name(name, "Trailer name");
    if (!is_header_text(value))
      throw Error(Errc::invalid_char,
                  fmt::format("Invalid character in trailer content [\"{}\"]", name));
    lines.append(name).append(": ").append(value).append("\r\n");
  }
  writer_.body().set_trailers(std::move(lines));
}

void OutgoingMessage::set_send_date(bool sends) { head().send_date(sends); }

void OutgoingMessage::set_strict_content_length(bool strict) noexcept {
  writer_.body().check_length(strict ? BodyFramer::LengthCheck::strict
                                     : BodyFramer::LengthCheck::none);
}

net::Connection* OutgoingMessage::connection() const noexcept { return writer_.connection(); }

OutgoingMessage& OutgoingMessage::set_timeout(std::chrono::milliseconds idle, Callback timed_out) {
  if (timed_out) on<TimeoutEvent>([timed_out = std::move(timed_out)]() mutable { timed_out(); });
  writer_.set_timeout(idle);
  return *this;
}

}  // namespace weir::http
