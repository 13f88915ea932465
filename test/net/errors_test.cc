#include <weir/net/errors.h>

#include "support/error_codes.h"

#include <span>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

TEST(NetErrorCodes, HaveNodesNamesAndClasses) {
  constexpr test::CodeWords<Errc> kCodes[] = {
      {Errc::invalid_fd_type, "ERR_INVALID_FD_TYPE",
       "TypeError [ERR_INVALID_FD_TYPE]: Unsupported fd type"},
      {Errc::invalid_ip_address, "ERR_INVALID_IP_ADDRESS",
       "TypeError [ERR_INVALID_IP_ADDRESS]: Invalid IP address"},
      {Errc::server_already_listen, "ERR_SERVER_ALREADY_LISTEN",
       "Error [ERR_SERVER_ALREADY_LISTEN]: Listen method has been called more than once without "
       "closing."},
      {Errc::server_not_running, "ERR_SERVER_NOT_RUNNING",
       "Error [ERR_SERVER_NOT_RUNNING]: Server is not running."},
      {Errc::socket_bad_port, "ERR_SOCKET_BAD_PORT",
       "RangeError [ERR_SOCKET_BAD_PORT]: Port should be >= 0 and < 65536."},
      {Errc::socket_closed, "ERR_SOCKET_CLOSED", "Error [ERR_SOCKET_CLOSED]: Socket is closed"},
      {Errc::socket_closed_before_connection, "ERR_SOCKET_CLOSED_BEFORE_CONNECTION",
       "Error [ERR_SOCKET_CLOSED_BEFORE_CONNECTION]: Socket closed before the connection was "
       "established"},
  };
  test::expect_words("net", std::span(kCodes));
}

TEST(NetErrorCodes, EqualNoCodeOfAnotherLayerWithTheSameNumber) {
  test::expect_own_numbers<Errc>();
}

}  // namespace
}  // namespace weir::net
