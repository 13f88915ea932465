// weir/net/tls_errors.h - error codes of TLS.
//
//   socket->on<weir::Error>([](const weir::Error& error) {
//     if (error.name() == "CERT_HAS_EXPIRED") ...                  // Node: error.code
//     fmt::print("{}\n", error.message());                         // certificate has expired
//   });
//
// - A certificate that is not trusted: Node's name (DEPTH_ZERO_SELF_SIGNED_CERT,
//   UNABLE_TO_VERIFY_LEAF_SIGNATURE, ...), in verify_category.
// - A certificate for another host: ERR_TLS_CERT_ALTNAME_INVALID.
// - An error of OpenSSL: the name of its reason, ERR_SSL_WRONG_VERSION_NUMBER for the protocol,
//   ERR_OSSL_PEM_NO_START_LINE for a key. Its code is OpenSSL's number, in openssl_category.
#pragma once

#include <weir/base/error.h>

#include <system_error>
#include <type_traits>

namespace weir::tls {

// Node's own codes. Their names have "TLS" in place of this namespace: Errc::handshake_timeout is
// "ERR_TLS_HANDSHAKE_TIMEOUT".
enum class Errc {
  alpn_callback_invalid_result = 1,
  cert_altname_invalid,
  handshake_timeout,
  required_server_name,
  no_crypto,  // ERR_NO_CRYPTO: weir was built without TLS (WEIR_TLS=OFF)
};

const std::error_category& tls_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;
const ErrorWords& words_of(Errc code) noexcept;

const std::error_category& openssl_category() noexcept;
const std::error_category& verify_category() noexcept;

// True for ERR_SSL_UNEXPECTED_EOF_WHILE_READING: the connection ended without the peer's
// close_notify. An attacker can cause that, so data may be missing.
inline bool is_unexpected_eof(const Error& error) noexcept {
  return error.name() == "ERR_SSL_UNEXPECTED_EOF_WHILE_READING";
}

}  // namespace weir::tls

template <>
struct std::is_error_code_enum<weir::tls::Errc> : std::true_type {};
