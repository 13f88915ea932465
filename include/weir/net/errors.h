// weir/net/errors.h - the error codes of sockets and servers, beside those of the system's calls.
//
//   if (error == weir::net::Errc::server_not_running) ...
//   if (error.name() == "ERR_SERVER_NOT_RUNNING") ...             // the same
#pragma once

#include <weir/base/error.h>

#include <system_error>
#include <type_traits>

namespace weir::net {

// A code's name is Node's: Errc::socket_closed is "ERR_SOCKET_CLOSED".
enum class Errc {
  invalid_fd_type = 1,
  invalid_ip_address,
  server_already_listen,
  server_not_running,
  socket_bad_port,
  socket_closed,
  socket_closed_before_connection,
};

const std::error_category& net_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;
const ErrorWords& words_of(Errc code) noexcept;

}  // namespace weir::net

template <>
struct std::is_error_code_enum<weir::net::Errc> : std::true_type {};
