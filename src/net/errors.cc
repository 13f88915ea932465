#include "net/errors.h"

#include "base/code_table.h"
#include "base/errno_names.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <uv.h>

namespace weir::net {
namespace {

constexpr CodeEntry kCodes[] = {
    {Errc::invalid_fd_type, {"ERR_INVALID_FD_TYPE", "TypeError", "Unsupported fd type"}},
    {Errc::invalid_ip_address, {"ERR_INVALID_IP_ADDRESS", "TypeError", "Invalid IP address"}},
    {Errc::server_already_listen,
     {"ERR_SERVER_ALREADY_LISTEN", "Error",
      "Listen method has been called more than once without closing."}},
    {Errc::server_not_running, {"ERR_SERVER_NOT_RUNNING", "Error", "Server is not running."}},
    {Errc::socket_bad_port,
     {"ERR_SOCKET_BAD_PORT", "RangeError", "Port should be >= 0 and < 65536."}},
    {Errc::socket_closed, {"ERR_SOCKET_CLOSED", "Error", "Socket is closed"}},
    {Errc::socket_closed_before_connection,
     {"ERR_SOCKET_CLOSED_BEFORE_CONNECTION", "Error",
      "Socket closed before the connection was established"}},
};

const CodeTable& codes() noexcept {
  static const CodeTable table("net", kCodes);
  return table;
}

class LookupCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "getaddrinfo"; }
  std::string message(int status) const override { return uv_strerror(status); }
};

const std::error_category& lookup_category() noexcept {
  static const LookupCategory category;
  return category;
}

// "connect ECONNREFUSED 127.0.0.1:80"
Error call_failed(std::error_code code, std::string_view name, std::string_view syscall,
                  std::string_view subject) {
  std::string message = fmt::format("{} {}", syscall, name);
  if (!subject.empty()) fmt::format_to(std::back_inserter(message), " {}", subject);
  return Error::of_call(code, name, std::move(message), syscall, subject);
}

}  // namespace

const std::error_category& net_category() noexcept { return codes(); }

std::error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), codes()}; }

const ErrorWords& words_of(Errc code) noexcept { return codes().words(code); }

std::string place_of(const Address& address) {
  if (address.family != Family::ipv6) return to_string(address);
  return fmt::format("{}:{}", address.address, address.port);
}

Error failed(std::string_view syscall, int error_number, std::string_view subject) {
  return call_failed({error_number, std::system_category()},
                     describe_system_error(error_number).name, syscall, subject);
}

Error listen_failed(int error_number, const Address& address) {
  const SystemError system = describe_system_error(error_number);
  const std::string place = place_of(address);
  return Error::of_call({error_number, std::system_category()}, system.name,
                        fmt::format("listen {}: {} {}", system.name, system.message, place),
                        "listen", place);
}

Error lookup_failed(int status, std::string_view host) {
  // Node: both of the resolver's codes for an unknown name become ENOTFOUND.
  const bool unknown = status == UV_EAI_NONAME || status == UV_EAI_NODATA;
  const char* const name = unknown ? "ENOTFOUND" : uv_err_name(status);
  return call_failed({status, lookup_category()}, name, "getaddrinfo", host);
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
