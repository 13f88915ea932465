// Converts OpenSSL's failures to Errors. No other code does.
#pragma once

#include <weir/base/error.h>
#include <weir/net/tls_errors.h>

#include <string_view>

namespace weir::tls {

// Isolates OpenSSL's per-thread error queue: ignores older entries, and leaves none. Create one at
// each entry.
class ErrorScope {
 public:
  ErrorScope() noexcept;
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
  ~ErrorScope();
};

// The first failure in the queue. REQUIRES: an ErrorScope, after a failed call.
Error openssl_error();

// Throws openssl_error() unless the call succeeded. REQUIRES: an ErrorScope.
void check(bool succeeded);

// The transport ended without the peer's close_notify.
Error unexpected_eof();

// From an X509_V_ERR_ value; success for X509_V_OK.
Error verify_error(long result);

// Node's ConnResetException.
Error connection_reset(std::string_view message);

}  // namespace weir::tls
