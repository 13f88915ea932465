#include <weir/net/tls_errors.h>

#include "support/error_codes.h"

#include <span>
#include <system_error>

#include <gtest/gtest.h>

namespace weir::tls {
namespace {

TEST(TlsErrorCodes, HaveNodesNamesAndClasses) {
  constexpr test::CodeWords<Errc> kCodes[] = {
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
      {Errc::no_crypto, "ERR_NO_CRYPTO",
       "Error [ERR_NO_CRYPTO]: weir is not compiled with OpenSSL crypto support"},
  };
  test::expect_words("tls", std::span(kCodes));
}

TEST(TlsErrorCodes, EqualNoCodeOfAnotherLayerWithTheSameNumber) {
  test::expect_own_numbers<Errc>();
}

TEST(TlsErrorCodes, OfATimeoutIsTheStandardsTimeout) {
  EXPECT_TRUE(Error(Errc::handshake_timeout) == std::errc::timed_out);
  EXPECT_FALSE(Error(Errc::cert_altname_invalid) == std::errc::timed_out);
}

}  // namespace
}  // namespace weir::tls
