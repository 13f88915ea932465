// The only place where OpenSSL's failures become Errors.
#pragma once

#include <weir/base/error.h>
#include <weir/net/tls_errors.h>

#include <string_view>

namespace weir::tls {

// OpenSSL's queue of errors belongs to the thread. One at each entry: what others have left there
// is not ours, and what we leave is not theirs.
class ErrorScope {
 public:
  ErrorScope() noexcept;
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
  ~ErrorScope();
};

// The first failure in the queue. REQUIRES: an ErrorScope, and a call that failed.
Error openssl_error();

// No more comes, and the other side has not said that this was all.
Error unexpected_eof();

// Of an X509_V_ERR_ value; success for X509_V_OK.
Error verify_error(long result);

// Node's ConnResetException.
Error connection_reset(std::string_view message);

}  // namespace weir::tls
