// weir/net/tls_errors.h - what goes wrong in TLS, as codes.
//
//   socket->on<weir::Error>([](const weir::Error& error) {
//     if (error.name() == "CERT_HAS_EXPIRED") ...                  // Node: error.code
//     fmt::print("{}\n", error.message());                         // certificate has expired
//   });
//
// A certificate that is not trusted has the name that Node gives it (DEPTH_ZERO_SELF_SIGNED_CERT,
// UNABLE_TO_VERIFY_LEAF_SIGNATURE, ...) and verify_category; one for another host is
// ERR_TLS_CERT_ALTNAME_INVALID. What OpenSSL reports is named after its reason: ERR_SSL_
// WRONG_VERSION_NUMBER of the protocol, ERR_OSSL_PEM_NO_START_LINE of a key; its code, in
// openssl_category, is OpenSSL's number.
#pragma once

#include <weir/base/error.h>

#include <system_error>
#include <type_traits>

namespace weir::tls {

// Node's own codes, in whose names TLS is this namespace: Errc::handshake_timeout is
// "ERR_TLS_HANDSHAKE_TIMEOUT".
enum class Errc {
  alpn_callback_invalid_result = 1,
  cert_altname_invalid,
  handshake_timeout,
  required_server_name,
};

const std::error_category& tls_category() noexcept;
std::error_code make_error_code(Errc code) noexcept;
const ErrorWords& words_of(Errc code) noexcept;

const std::error_category& openssl_category() noexcept;
const std::error_category& verify_category() noexcept;

// Whether it is ERR_SSL_UNEXPECTED_EOF_WHILE_READING: the connection has ended and the other side
// did not say so (TLS's close_notify). Anybody on the way can do that, so something may be missing.
inline bool is_unexpected_eof(const Error& error) noexcept {
  return error.name() == "ERR_SSL_UNEXPECTED_EOF_WHILE_READING";
}

}  // namespace weir::tls

template <>
struct std::is_error_code_enum<weir::tls::Errc> : std::true_type {};
