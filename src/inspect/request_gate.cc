#include "inspect/request_gate.h"

#include <weir/net/address.h>

#include <utility>

namespace weir::internal {
namespace {

// "localhost:9229": "localhost"; "[::1]:9229": "::1".
std::string_view without_port(std::string_view host) noexcept {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.rfind(':'));
}

// In a time that does not depend on the place of the first difference.
bool is_equal(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

}  // namespace

bool is_loopback(std::string_view host) noexcept {
  // Not 127.example.org, a name that may lead anywhere.
  return (net::is_ipv4(host) && host.starts_with("127.")) || host == "::1" || host == "localhost";
}

InspectorTarget target_of(std::string_view url) noexcept {
  InspectorTarget target{.path = url.substr(0, url.find('?')), .token = {}};
  if (target.path.starts_with('/')) target.path.remove_prefix(1);
  const std::size_t query = url.find('?');
  if (query == std::string_view::npos) return target;
  for (std::string_view rest = url.substr(query + 1); !rest.empty();) {
    const std::string_view field = rest.substr(0, rest.find('&'));
    if (field.starts_with("token=")) target.token = field.substr(6);
    rest.remove_prefix(field.size() < rest.size() ? field.size() + 1 : field.size());
  }
  return target;
}

RequestGate::RequestGate(std::string host, std::string token)
    : host_(std::move(host)), token_(std::move(token)) {}

bool RequestGate::is_expected_host(const http::IncomingMessage& request) const {
  if (!token_.empty()) return true;
  const std::string header = request.headers().get("host").value_or("");
  const std::string_view name = without_port(header);
  return is_loopback(name) || name == host_;
}

bool RequestGate::has_token(const http::IncomingMessage& request) const {
  if (token_.empty()) return true;
  return is_equal(target_of(request.url()).token, token_) ||
         is_equal(request.headers().get("x-weir-token").value_or(""), token_);
}

}  // namespace weir::internal
