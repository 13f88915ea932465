#include <weir/net/tls_certificate.h>

#include <weir/net/address.h>
#include <weir/net/tls_errors.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <span>

#include <fmt/format.h>
#include <uv.h>

namespace weir::tls {
namespace {

using Labels = std::vector<std::string>;

bool contains(const std::vector<std::string>& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}

std::string_view without_final_dot(std::string_view name) noexcept {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

Labels labels_of(std::string_view name) {
  Labels labels(1);
  for (const char c : without_final_dot(name)) {
    if (c == '.')
      labels.emplace_back();
    else
      labels.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return labels;
}

// RFC 6125: at most one wildcard, in the first label, and never for a whole domain or for a label
// in punycode.
bool stands_for(std::string_view pattern, std::size_t labels, std::string_view host) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos || pattern.contains("xn--")) return pattern == host;
  const std::string_view prefix = pattern.substr(0, star);
  const std::string_view suffix = pattern.substr(star + 1);
  if (suffix.contains('*') || labels <= 2) return false;
  return prefix.size() + suffix.size() <= host.size() && host.starts_with(prefix) &&
         host.ends_with(suffix);
}

bool matches(const Labels& host, std::string_view name) {
  // A host name has no control characters, blanks or non-ASCII characters.
  if (!std::ranges::all_of(name, [](unsigned char c) { return c > ' ' && c < 0x80; })) return false;
  const Labels pattern = labels_of(name);
  if (pattern.size() != host.size() || contains(pattern, "")) return false;
  return std::ranges::equal(pattern | std::views::drop(1), host | std::views::drop(1)) &&
         stands_for(pattern.front(), pattern.size(), host.front());
}

// The canonical form of an address.
std::string usual_form(std::string_view address) {
  const int family = net::is_ipv4(address) ? AF_INET : AF_INET6;
  std::array<unsigned char, 16> bytes;
  std::array<char, 64> text{};
  const std::string terminated(address);
  if (uv_inet_pton(family, terminated.c_str(), bytes.data()) != 0) return terminated;
  if (uv_inet_ntop(family, bytes.data(), text.data(), text.size()) != 0) return terminated;
  return text.data();
}

Error invalid(std::string_view reason) {
  return Error(Errc::cert_altname_invalid,
               fmt::format("Hostname/IP does not match certificate's altnames: {}", reason));
}

Error check_address(std::string_view address, const Certificate& certificate) {
  if (contains(certificate.ip_addresses, usual_form(address))) return {};
  return invalid(fmt::format("IP: {} is not in the cert's list: {}", address,
                             fmt::join(certificate.ip_addresses, ", ")));
}

}  // namespace

Error check_server_identity(std::string_view hostname, const Certificate& certificate) {
  const std::string_view host = without_final_dot(hostname);
  if (net::is_ip(host) != 0) return check_address(host, certificate);

  const Labels labels = labels_of(host);
  const auto is_host = [&labels](std::string_view name) { return matches(labels, name); };
  if (!certificate.dns_names.empty()) {
    if (std::ranges::any_of(certificate.dns_names, is_host)) return {};
    return invalid(fmt::format("Host: {}. is not in the cert's altnames: {}", host,
                               certificate.subjectaltname));
  }
  std::vector<std::string_view> common_names;
  for (const auto& [key, value] : certificate.subject)
    if (key == "CN") common_names.push_back(value);
  if (common_names.empty()) return invalid("Cert does not contain a DNS name");
  if (std::ranges::any_of(common_names, is_host)) return {};
  return invalid(fmt::format("Host: {}. is not cert's CN: {}", host, fmt::join(common_names, ",")));
}

}  // namespace weir::tls
