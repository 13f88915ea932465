#include "weir/web.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tool {
namespace {

namespace http = weir::http;

http::RequestOptions request_options(weir::Loop& loop, const Endpoint& endpoint,
                                     const CopyOptions& options) {
  http::RequestOptions request;
  request.high_water_mark = options.high_water_mark;
  if (endpoint.is_encrypted)
    request.agent = http::make_https_agent(
        loop, {},
        {.secure_context = options.trust.context, .reject_unauthorized = !options.trust.is_blind});
  else
    request.own_agent = true;
  return request;
}

constexpr int kOk = 200;
constexpr int kNonAuthoritative = 203;
constexpr int kResetContent = 205;

std::string status_of(const http::IncomingMessage& response) {
  return fmt::format("{} {}", response.status_code(), response.status_message());
}

bool is_chunked(std::string_view coding) {
  constexpr std::string_view kChunked = "chunked";
  return std::ranges::equal(coding, kChunked,
                            [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
}

// The reason that a response to GET is not the whole content; success if it is. Other successful
// statuses mean a part, a difference, no content or a promise.
weir::Error not_whole(const http::IncomingMessage& response) {
  const int status = response.status_code();
  if (status != kOk && status != kNonAuthoritative) return weir::Error(status_of(response));
  const auto coding = response.headers().get("transfer-encoding");
  if (coding && !is_chunked(*coding))
    return weir::Error(fmt::format("{}, Transfer-Encoding: {}", status_of(response), *coding));
  return {};
}

// A part (206) and several statuses in one (207) may be failures of PUT and POST.
bool is_accepted(const http::IncomingMessage& response) {
  return response.status_code() >= kOk && response.status_code() <= kResetContent;
}

}  // namespace

Asking::Asking(weir::Loop& loop, const Endpoint& source, const CopyOptions& options,
               Answered&& answered)
    : request_(http::get(loop, source.name, request_options(loop, source, options))),
      answered_(std::move(answered)) {
  listeners_.on<weir::Error>(*request_, [this, source](const weir::Error& error) {
    const weir::Error failure = tool::named(source, error);
    Answered answer = release();
    answer(failure, nullptr);
  });
  listeners_.on<http::ResponseEvent>(*request_, [this, source](const http::ResponseEvent& event) {
    const weir::Ref<http::IncomingMessage> response(&event.response);
    const weir::Error failure = not_whole(*response);
    if (failure) request_->destroy();
    // The request has the reason for an incomplete response; the response only reports the fact.
    request_->on<weir::Error>([response](const weir::Error& error) {
      if (!response->complete()) response->destroy(error);
    });
    Answered answer = release();
    if (failure)
      answer(tool::named(source, failure), nullptr);
    else
      answer({}, response);
  });
}

Asking::~Asking() {
  if (!answered_) return;
  const weir::Ref<http::ClientRequest> request = request_;
  release();
  request->destroy();
}

// Detaches from the request, and from the caller's callback.
Asking::Answered Asking::release() {
  request_->on<weir::Error>([](const weir::Error&) {});
  listeners_.clear();
  return std::move(answered_);
}

void WebTarget::open(Opened opened) {
  http::RequestOptions request = request_options(loop_, endpoint(), options_);
  request.method = options_.post ? "POST" : "PUT";
  if (options_.length) request.headers.set("Content-Length", fmt::to_string(*options_.length));
  try {
    request_ = http::request(loop_, endpoint().name, std::move(request),
                             [this](http::IncomingMessage& response) { on_response(response); });
  } catch (...) {
    return opened(named(weir::Error::from_current_exception()));
  }
  opened_as(request_);
  opened({});
}

void WebTarget::on_response(http::IncomingMessage& response) {
  // The response has arrived, so later errors do not matter.
  response.on<weir::Error>([](const weir::Error&) {});
  response.resume();
  is_accepted_ = is_accepted(response);
  if (!is_accepted_) request_->destroy(weir::Error(status_of(response)));
}

std::uint64_t WebTarget::bytes_written() const noexcept {
  return request_ ? request_->body_bytes() : 0;
}

void WebTarget::give_up() {
  if (request_) request_->destroy();
}

weir::Error WebTarget::named(const weir::Error& error) const {
  return tool::named(endpoint(), error);
}

}  // namespace tool
