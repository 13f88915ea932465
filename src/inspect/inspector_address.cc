#include "inspect/inspector_address.h"

#include "http/url.h"
#include "inspect/request_gate.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace weir::internal {
namespace {

constexpr std::string_view kScheme = "http://";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string url_of(std::string_view text) {
  if (text.starts_with(kScheme)) return std::string(text);
  const bool is_port = !text.empty() && std::ranges::all_of(text, is_digit);
  return fmt::format("{}{}{}/", kScheme, is_port ? "127.0.0.1:" : "", text);
}

std::string joined(std::string_view host, std::int64_t port) {
  const bool is_v6 = host.find(':') != std::string_view::npos;
  return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace

InspectorAddress parse_inspector_address(std::string_view text) {
  const auto refuse = [text] {
    return invalid_argument_value(
        "process", text, "is not a port, HOST:PORT, or the address of an inspector's page");
  };
  const bool is_place = text.find('/') == std::string_view::npos;
  if (!is_place && !text.starts_with(kScheme)) throw refuse();
  http::RequestOptions parsed;
  try {
    parsed = http::parse_url(url_of(text));
  } catch (const Error&) {
    throw refuse();
  }
  if (!parsed.port || *parsed.port == 0 || parsed.host.empty() || !parsed.auth.empty())
    throw refuse();

  std::string folder = parsed.path.substr(0, parsed.path.find('?'));
  folder.resize(folder.rfind('/') + 1);
  return {.name = joined(parsed.host, *parsed.port),
          .host = parsed.host,
          .port = *parsed.port,
          .folder = folder.empty() ? "/" : std::move(folder),
          .token = std::string(target_of(parsed.path).token)};
}

http::RequestOptions InspectorAddress::request(std::string_view path) const {
  http::RequestOptions options;
  options.host = host;
  options.port = port;
  options.path = folder + std::string(path);
  options.own_agent = true;
  if (!token.empty()) options.headers.set("X-Weir-Token", token);
  return options;
}

}  // namespace weir::internal
