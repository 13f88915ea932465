#include <weir/net/tls_errors.h>

#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

namespace weir::tls {
namespace {

TEST(TlsErrorCodes, HaveNodesNamesAndClasses) {
  constexpr struct {
    Errc code;
    std::string_view name;
    std::string_view printed;
  } kCases[] = {
      {Errc::alpn_callback_invalid_result, "ERR_TLS_ALPN_CALLBACK_INVALID_RESULT",
       "TypeError [ERR_TLS_ALPN_CALLBACK_INVALID_RESULT]: ALPN callback returned a value that did "
       "not match any of the client's offered protocols"},
      {Errc::cert_altname_invalid, "ERR_TLS_CERT_ALTNAME_INVALID",
       "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames"},
      {Errc::handshake_timeout, "ERR_TLS_HANDSHAKE_TIMEOUT",
       "Error [ERR_TLS_HANDSHAKE_TIMEOUT]: TLS handshake timeout"},
      {Errc::required_server_name, "ERR_TLS_REQUIRED_SERVER_NAME",
       "Error [ERR_TLS_REQUIRED_SERVER_NAME]: \"servername\" is required parameter for "
       "Server.addContext"},
  };
  for (const auto& [code, name, printed] : kCases) {
    SCOPED_TRACE(name);
    const Error error = code;
    EXPECT_EQ(error.name(), name);
    EXPECT_EQ(std::string_view(error.what()), printed);
    EXPECT_TRUE(error == code);
    EXPECT_EQ(error.message(), error.code().message());
    EXPECT_STREQ(error.code().category().name(), "tls");
    EXPECT_EQ(Error(code, "own words").message(), "own words");
  }
}

TEST(TlsErrorCodes, EqualNoCodeOfAnotherLayerWithTheSameNumber) {
  const auto first = static_cast<Errc>(1);
  EXPECT_FALSE(Error(first) == static_cast<weir::Errc>(1));
  EXPECT_FALSE(Error(static_cast<weir::Errc>(1)) == first);
  EXPECT_FALSE(Error(first) == std::errc::operation_not_permitted);
}

TEST(TlsErrorCodes, OfATimeoutIsTheStandardsTimeout) {
  EXPECT_TRUE(Error(Errc::handshake_timeout) == std::errc::timed_out);
  EXPECT_FALSE(Error(Errc::cert_altname_invalid) == std::errc::timed_out);
}

}  // namespace
}  // namespace weir::tls
