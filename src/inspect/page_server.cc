#include "inspect/page_server.h"

#include "inspect/assets.h"
#include "loop/loop_core.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace weir::internal {
namespace {

// The page loads nothing from elsewhere, and runs nothing that is not a file of its own.
constexpr std::string_view kSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

bool is_plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

}  // namespace

void check_access(const std::string& host, const std::string& token) {
  if (token.empty() && !is_loopback(host))
    throw invalid_argument_value("options.host", host,
                                 "needs a token, since other machines can reach it");
  if (!std::ranges::all_of(token, is_plain))
    throw invalid_argument_value("options.token", token,
                                 "may contain letters, digits, \"-\", \".\" and \"_\"");
}

PageServer::PageServer(Loop& loop, std::string host, std::string token,
                       std::chrono::milliseconds write_timeout, Answer answer)
    : loop_(loop),
      host_(std::move(host)),
      token_(std::move(token)),
      gate_(host_, token_),
      answer_(std::move(answer)),
      server_(http::create_server(
          loop, {.write_timeout = write_timeout},
          [this](auto& request, auto& response) { on_request(request, response); })) {
  server_->on<net::Listening>([this] {
    if (auto listening = std::exchange(listening_, nullptr)) listening(url());
  });
  server_->on<Error>([this](const Error& error) {
    if (const auto call = failed_) return call(error);  // it may destroy this
    loop_.ticks().warn({"InspectorWarning", std::string(error.message())});
  });
}

std::string PageServer::url() const {
  const std::optional<net::Address> address = server_->address();
  if (!address) return {};
  const std::string query = token_.empty() ? "" : "?token=" + token_;
  return fmt::format("http://{}/{}", net::to_string(*address), query);
}

void PageServer::on_listening(Function<void(const std::string& url)> listening) {
  if (server_->listening()) return listening(url());
  listening_ = std::move(listening);
}

void PageServer::close() {
  server_->listeners().close();
  server_->close();
  server_->close_all_connections();
}

void PageServer::refuse(http::ServerResponse& response, int status, std::string_view reason) {
  response.write_head(status, {{"Content-Type", "text/plain; charset=utf-8"}});
  response.end(reason);
}

void PageServer::answer_text(http::ServerResponse& response, std::string_view type,
                             std::string_view text) {
  response.write_head(200, {{"Content-Type", type}, {"Cache-Control", "no-store"}});
  response.end(text);
}

void PageServer::on_request(http::IncomingMessage& request, http::ServerResponse& response) {
  request.resume();
  response.set_header("Content-Security-Policy", kSecurityPolicy);
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Referrer-Policy", "no-referrer");
  response.set_header("Cross-Origin-Resource-Policy", "same-origin");
  if (!gate_.is_expected_host(request))
    return refuse(response, 403, "The Host header names another host.\n");
  const std::string_view path = target_of(request.url()).path;
  if (request.method() == "GET" || request.method() == "HEAD") {
    const std::span<const Asset> assets = inspector_assets();
    const auto asset = std::ranges::find(assets, path.empty() ? "index.html" : path, &Asset::path);
    if (asset != assets.end()) return answer_text(response, asset->type, asset->content);
  }
  if (!is_refused(request, response)) answer_(request, response, path);
}

bool PageServer::is_refused(const http::IncomingMessage& request,
                            http::ServerResponse& response) const {
  const bool is_post = request.method() == "POST";
  if (!is_post && request.method() != "GET" && request.method() != "HEAD") {
    response.set_header("Allow", "GET, HEAD, POST");
    refuse(response, 405, "");
  } else if (!gate_.has_token(request)) {
    refuse(response, 401, "The token is missing or wrong.\n");
  } else if (is_post && !request.headers().has("x-weir-inspector")) {
    // A form of a foreign page cannot send this header.
    refuse(response, 403, "The header X-Weir-Inspector is missing.\n");
  } else {
    return false;
  }
  return true;
}

}  // namespace weir::internal
