// The errors of connections, in Node's words.
#pragma once

#include <weir/base/error.h>
#include <weir/net/address.h>
#include <weir/net/errors.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::net {

// "connect ECONNREFUSED 127.0.0.1:80". `error_number` is errno's.
Error failed(std::string_view syscall, int error_number, std::string_view subject = {});

// "listen EADDRINUSE: address already in use 127.0.0.1:80".
Error listen_failed(int error_number, const Address& address);

// The address in the format of such errors: "127.0.0.1:80", "::1:80", "/a/path".
std::string place_of(const Address& address);

// "getaddrinfo ENOTFOUND nowhere.invalid", from a libuv status.
Error lookup_failed(int status, std::string_view host);

// ERRORS: throws ERR_SOCKET_BAD_PORT unless 0 <= port < 65536.
std::uint16_t checked_port(std::int64_t port, std::string_view name);

// A zero byte would end the host early. ERRORS: throws ERR_INVALID_ARG_VALUE.
void require_no_zero_byte(std::string_view host, std::string_view name);

}  // namespace weir::net
