#include <weir/http/server_response.h>

#include "http/message_writer.h"
#include "http/response_memory.h"
#include "http/status_code.h"
#include "http/text.h"
#include <weir/base/error.h>
#include <weir/http/status.h>

#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace weir::http {
namespace {

struct WriterHolder {
  MessageWriter writer;
};

}  // namespace

// A response and its sink in one allocation. The sink is constructed first and destroyed last.
struct ServerResponse::WithWriter final : virtual WriterHolder, ServerResponse {
  static void* operator new(std::size_t size, ResponseMemory& memory) { return memory.take(size); }
  static void operator delete(void* memory, ResponseMemory&) { ResponseMemory::give_back(memory); }
  static void operator delete(void* memory) { ResponseMemory::give_back(memory); }

  WithWriter(Loop& loop, Ref<IncomingMessage> request, Ref<DateCache> dates,
             const WritableOptions& options)
      : WriterHolder{MessageWriter(std::move(dates))},
        Stream(request->ticks(), WriterHolder::writer, {}),
        ServerResponse(loop, WriterHolder::writer, std::move(request), options) {}
};

Ref<ServerResponse> ServerResponse::make(Loop& loop, ResponseMemory& memory,
                                         Ref<IncomingMessage> request, Ref<DateCache> dates,
                                         FramingRules rules, std::size_t high_water_mark) {
  if (request->method() == "HEAD") rules.body = rules.bodiless;
  if (request->http_version_major() < 1 || request->http_version_minor() < 1) {
    const auto encodings = request->headers().first("te");
    if (!encodings || !has_word(*encodings, "chunked")) rules.unsized = Body::until_close;
  }
  const WritableOptions options{.high_water_mark = static_cast<std::int64_t>(high_water_mark)};
  auto response = Ref<ServerResponse>::adopt(
      new (memory) WithWriter(loop, std::move(request), std::move(dates), options));
  response->head().rules() = std::move(rules);
  response->begin(false, {});
  return response;
}

ServerResponse::ServerResponse(Loop& loop, MessageWriter& writer, Ref<IncomingMessage> request,
                               const WritableOptions& options)
    : DerivedMessage(writer, options), loop_(loop), request_(std::move(request)) {}

int ServerResponse::status_code() const noexcept { return head().status(); }
const std::string& ServerResponse::status_message() const noexcept { return head().reason(); }

void ServerResponse::set_status_code(int code) {
  compose_if_written();
  head().set_status(code);
}

void ServerResponse::set_status_message(std::string_view message) {
  compose_if_written();
  head().set_reason(message);
}

// A queued write has fixed the head: composes it before a later change could affect it.
void ServerResponse::compose_if_written() {
  if (headers_sent() && !writer().head_composed()) writer().compose_head();
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
  OutgoingHead::check_status(status);
  Headers& lines = head().fields();
  bool has_trailer = lines.has("trailer");
  for (const auto [name, value] : fields) {
    validate_header_name(name);
    validate_header_value(name, value);
    has_trailer = has_trailer || same_name(name, "trailer");
  }
  OutgoingHead::check_reason(reason.empty() ? head().reason() : reason);
  const auto merge = [&] {
    if (!lines.empty())
      for (const auto [name, value] : fields) lines.remove(name);
    for (const auto [name, value] : fields) lines.push_back(name, value);
    head().set_status(status);
    if (!reason.empty()) head().set_reason(reason);
    writer().compose_head();
  };
  if (has_trailer)
    undone_if_it_throws(merge);
  else
    merge();
  return *this;
}

// The Trailer header is validated only together with the complete head.
template <class F>
void ServerResponse::undone_if_it_throws(F call) {
  const OutgoingHead before = head();
  try {
    call();
  } catch (...) {
    head() = before;
    throw;
  }
}

void ServerResponse::write_information(int status, const Headers& fields, Callback written) {
  require_open_head("write");
  if (status < 100 || status >= kOk)
    throw out_of_range("statusCode", ">= 100 && <= 199", fmt::to_string(status));
  if (status == kSwitchingProtocols) OutgoingHead::refuse_status(status);
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
  head().await_continue(false);
}

void ServerResponse::write_processing(Callback written) {
  write_information(kProcessing, {}, std::move(written));
}

void ServerResponse::write_early_hints(const Headers& fields, Callback written) {
  write_information(kEarlyHints, fields, std::move(written));
}

}  // namespace weir::http
