#include "weir/web.h"

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

bool is_success(const http::IncomingMessage& response) {
  return response.status_code() >= 200 && response.status_code() < 300;
}

weir::Error refusal(const http::IncomingMessage& response) {
  return weir::Error(fmt::format("{} {}", response.status_code(), response.status_message()));
}

}  // namespace

Asking::Asking(weir::Loop& loop, const Endpoint& source, const CopyOptions& options,
               Answered&& answered)
    : request_(http::get(loop, source.name, request_options(loop, source, options))),
      answered_(std::move(answered)) {
  failed_ = request_->on<weir::Error>([this, source](const weir::Error& error) {
    const weir::Error failure = tool::named(source, error);
    Answered answer = release();
    answer(failure, nullptr);
  });
  responded_ = request_->on<http::Response>([this, source](const http::Response& event) {
    const weir::Ref<http::IncomingMessage> response(&event.response);
    const bool succeeded = is_success(*response);
    const weir::Error failure = succeeded ? weir::Error() : tool::named(source, refusal(*response));
    if (!succeeded) request_->destroy();
    Answered answer = release();
    answer(failure, succeeded ? response : nullptr);
  });
}

Asking::~Asking() {
  if (!answered_) return;
  const weir::Ref<http::ClientRequest> request = request_;
  release();
  request->destroy();
}

// What becomes of the request is not for this any more; nor is this, for who is answered.
Asking::Answered Asking::release() {
  request_->on<weir::Error>([](const weir::Error&) {});
  request_->off(failed_);
  request_->off(responded_);
  return std::move(answered_);
}

void WebTarget::open(Opened opened) {
  http::RequestOptions request = request_options(loop_, endpoint(), options_);
  request.method = options_.post ? "POST" : "PUT";
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
  response.on<weir::Error>([](const weir::Error&) {});  // it has answered, and that is what counts
  response.resume();
  if (!is_success(response)) request_->destroy(refusal(response));
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
