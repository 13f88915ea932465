#include "net/tls_session.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace weir::tls {
namespace {

constexpr std::string_view kPrefix("\0weir:tls:session:1\0", 20);
constexpr std::size_t kLengthSize = 2;

}  // namespace

std::string_view verified_host(const SocketOptions& options) noexcept {
  const std::string& name = options.servername.empty() ? options.host : options.servername;
  return name.empty() ? std::string_view("localhost") : name;
}

Buffer pack_session(std::string_view host, const Buffer& session) {
  if (host.size() > std::numeric_limits<std::uint16_t>::max()) return session;
  std::string packed(kPrefix);
  packed += static_cast<char>(host.size() >> 8);
  packed += static_cast<char>(host.size());
  packed += host;
  packed += session.text();
  return Buffer::adopt(std::move(packed));
}

bool is_packed(const Buffer& session) noexcept { return session.text().starts_with(kPrefix); }

Buffer usable_session(const SocketOptions& options) {
  const std::string_view text = options.session.text();
  if (!is_packed(options.session)) return options.reject_unauthorized ? Buffer() : options.session;
  const std::string_view rest = text.substr(kPrefix.size());
  if (rest.size() < kLengthSize) return {};
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(rest[at]); };
  const std::size_t size = std::size_t{byte(0)} << 8 | byte(1);
  if (rest.substr(kLengthSize, size) != verified_host(options)) return {};
  return options.session.slice(kPrefix.size() + kLengthSize + size);
}

}  // namespace weir::tls
