#include <weir/http/server_response.h>

#include "http/message_writer.h"
#include "http/status_code.h"
#include "http/text.h"
#include <weir/base/error.h>
#include <weir/http/status.h>

#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

[[noreturn]] void refuse_status(int status) {
  throw Error(Errc::http_invalid_status_code, fmt::format("Invalid status code: {}", status));
}

}  // namespace

Ref<ServerResponse> ServerResponse::make(Loop& loop, Ref<IncomingMessage> request,
                                         std::unique_ptr<MessageWriter> sink,
                                         std::size_t high_water_mark) {
  MessageWriter& writer = *sink;
  Framing& framing = writer.framing();
  framing.send_date = true;
  framing.has_body = request->method() != "HEAD";
  if (request->http_version_major() < 1 || request->http_version_minor() < 1) {
    const auto encodings = request->headers().first("te");
    framing.chunked_by_default = encodings && has_word(*encodings, "chunked");
    framing.should_keep_alive = false;
  }
  const WritableOptions options{.high_water_mark = static_cast<std::int64_t>(high_water_mark)};
  auto response = Ref<ServerResponse>::adopt(
      new ServerResponse(loop, std::move(sink), writer, std::move(request), options));
  response->begin(false, {});
  return response;
}

ServerResponse::ServerResponse(Loop& loop, std::unique_ptr<Resource> owner, MessageWriter& writer,
                               Ref<IncomingMessage> request, const WritableOptions& options)
    : Stream(request->ticks(), std::move(owner), {}),
      DerivedMessage(request->ticks(), writer, options),
      loop_(loop),
      request_(std::move(request)) {}

void ServerResponse::set_status_code(int code) {
  if (headers_sent() && !writer().head_fixed()) implicit_head();
  status_code_ = code;
}

void ServerResponse::set_status_message(std::string_view message) {
  if (headers_sent() && !writer().head_fixed()) implicit_head();
  status_message_ = message;
}

ServerResponse& ServerResponse::write_head(int status, std::initializer_list<Field> fields) {
  return merge_head(status, {}, fields);
}

ServerResponse& ServerResponse::write_head(int status, const Headers& fields) {
  return merge_head(status, {}, fields);
}

ServerResponse& ServerResponse::write_head(int status, std::string_view reason,
                                           std::initializer_list<Field> fields) {
  return merge_head(status, reason, fields);
}

template <class Fields>
ServerResponse& ServerResponse::merge_head(int status, std::string_view reason,
                                           const Fields& fields) {
  require_open_head("write");
  check_status(status);
  bool has_trailer = headers().has("trailer");
  for (const auto [name, value] : fields) {
    validate_header_name(name);
    validate_header_value(name, value);
    has_trailer = has_trailer || same_name(name, "trailer");
  }
  check_reason(reason);
  const auto merge = [&] {
    if (!headers().empty())
      for (const auto [name, value] : fields) headers().remove(name);
    for (const auto [name, value] : fields) headers().push_back(name, value);
    fix_head(status, reason);
  };
  if (has_trailer)
    undone_if_it_throws(merge);
  else
    merge();
  return *this;
}

// A Trailer line is refused only when the rest of the head is known.
template <class F>
void ServerResponse::undone_if_it_throws(F call) {
  const Headers lines = headers();
  const Framing framing = writer().framing();
  const int code = status_code_;
  const std::string message = status_message_;
  try {
    call();
  } catch (...) {
    headers() = lines;
    writer().framing() = framing;
    status_code_ = code;
    status_message_ = message;
    throw;
  }
}

void ServerResponse::check_status(int status) {
  if (status < 100 || status > 999) refuse_status(status);
}

void ServerResponse::check_reason(std::string_view reason) const {
  if (!is_header_text(reason.empty() ? std::string_view(status_message_) : reason))
    throw Error(Errc::invalid_char, "Invalid character in statusMessage");
}

void ServerResponse::implicit_head() { fix_head(status_code_, {}); }

// Node: writeHead, behind what it does with its lines.
void ServerResponse::fix_head(int status, std::string_view reason) {
  check_status(status);
  check_reason(reason);
  if (!reason.empty())
    status_message_ = reason;
  else if (status_message_.empty())
    status_message_ = status_text(status);
  status_code_ = status;

  Framing& framing = writer().framing();
  if (status == kNoContent || status == kResetContent || status == kNotModified || status < kOk)
    framing.has_body = false;
  // The client may send the body that it was not asked for, or not: nobody can tell what follows.
  if (awaits_continue_) framing.should_keep_alive = false;
  if (status == kOk && status_message_ == "OK")
    return writer().fix_head("HTTP/1.1 200 OK\r\n", status, headers());
  writer().fix_head(fmt::format("HTTP/1.1 {} {}\r\n", status, status_message_), status, headers());
}

void ServerResponse::write_information(int status, const Headers& fields, Callback written) {
  require_open_head("write");
  if (status < 100 || status >= kOk)
    throw out_of_range("statusCode", ">= 100 && <= 199", fmt::to_string(status));
  if (status == kSwitchingProtocols) refuse_status(status);
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", status, status_text(status));
  for (const auto [name, value] : fields) {
    validate_header_name(name);
    validate_header_value(name, value);
    head.append(name).append(": ").append(value).append("\r\n");
  }
  writer().write_raw(head + "\r\n", std::move(written));
}

void ServerResponse::write_continue(Callback written) {
  write_information(kContinue, {}, std::move(written));
  awaits_continue_ = false;
}

void ServerResponse::write_processing(Callback written) {
  write_information(kProcessing, {}, std::move(written));
}

void ServerResponse::write_early_hints(const Headers& fields, Callback written) {
  write_information(kEarlyHints, fields, std::move(written));
}

}  // namespace weir::http
