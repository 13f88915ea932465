#include <weir/net/errors.h>

#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

TEST(NetErrorCodes, HaveNodesNamesAndClasses) {
  constexpr struct {
    Errc code;
    std::string_view name;
    std::string_view printed;
  } kCases[] = {
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
  for (const auto& [code, name, printed] : kCases) {
    SCOPED_TRACE(name);
    const Error error = code;
    EXPECT_EQ(error.name(), name);
    EXPECT_EQ(std::string_view(error.what()), printed);
    EXPECT_TRUE(error == code);
    EXPECT_EQ(error.message(), error.code().message());
    EXPECT_STREQ(error.code().category().name(), "net");
    EXPECT_EQ(Error(code, "own words").message(), "own words");
  }
}

TEST(NetErrorCodes, EqualNoCodeOfAnotherLayerWithTheSameNumber) {
  const auto first = static_cast<Errc>(1);
  EXPECT_FALSE(Error(first) == static_cast<weir::Errc>(1));
  EXPECT_FALSE(Error(static_cast<weir::Errc>(1)) == first);
  EXPECT_FALSE(Error(first) == std::errc::operation_not_permitted);
}

}  // namespace
}  // namespace weir::net
