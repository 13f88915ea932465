#include "base/code_table.h"
#include <weir/net/tls_errors.h>

namespace weir::tls {
namespace {

constexpr CodeEntry kCodes[] = {
    {Errc::alpn_callback_invalid_result,
     {"ERR_TLS_ALPN_CALLBACK_INVALID_RESULT", "TypeError",
      "ALPN callback returned a value that did not match any of the client's offered protocols"}},
    {Errc::cert_altname_invalid,
     {"ERR_TLS_CERT_ALTNAME_INVALID", "Error",
      "Hostname/IP does not match certificate's altnames"}},
    {Errc::handshake_timeout,
     {"ERR_TLS_HANDSHAKE_TIMEOUT", "Error", "TLS handshake timeout"},
     std::errc::timed_out},
    {Errc::required_server_name,
     {"ERR_TLS_REQUIRED_SERVER_NAME", "Error",
      "\"servername\" is required parameter for Server.addContext"}},
    {Errc::no_crypto,
     {"ERR_NO_CRYPTO", "Error", "weir is not compiled with OpenSSL crypto support"}},
};

const CodeTable& codes() noexcept {
  static const CodeTable table("tls", kCodes);
  return table;
}

}  // namespace

const std::error_category& tls_category() noexcept { return codes(); }

std::error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), codes()}; }

const ErrorWords& words_of(Errc code) noexcept { return codes().words(code); }

}  // namespace weir::tls
