#include "net/errors.h"

#include <fmt/format.h>
#include <uv.h>

namespace weir::net {
namespace {

class LookupCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "getaddrinfo"; }
  std::string message(int status) const override { return uv_strerror(status); }
};

const std::error_category& lookup_category() noexcept {
  static const LookupCategory category;
  return category;
}

}  // namespace

std::string place_of(const Address& address) {
  if (address.family != Family::ipv6) return to_string(address);
  return fmt::format("{}:{}", address.address, address.port);
}

Error lookup_failed(int status, std::string_view host) {
  // Node: what the resolvers report as "no such name" and "no such data" are one.
  const bool unknown = status == UV_EAI_NONAME || status == UV_EAI_NODATA;
  const char* const name = unknown ? "ENOTFOUND" : uv_err_name(status);
  return Error::on_connection({status, lookup_category()}, name, "getaddrinfo", host);
}

std::uint16_t checked_port(std::int64_t port, std::string_view name) {
  if (port < 0 || port > 65535)
    throw Error(
        Errc::socket_bad_port,
        fmt::format("{} should be >= 0 and < 65536. Received type number ({}).", name, port));
  return static_cast<std::uint16_t>(port);
}

void require_no_zero_byte(std::string_view host, std::string_view name) {
  if (host.contains('\0'))
    throw invalid_argument_value(name, "a host", "must be a string without null bytes");
}

}  // namespace weir::net
