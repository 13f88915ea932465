// Evaluates a request's preconditions (RFC 9110, 13).
#pragma once

#include "http/validators.h"
#include <weir/http/headers.h>

#include <cstdint>
#include <string_view>

namespace weir::http {

enum class Verdict : std::uint8_t {
  perform,       // execute the method
  not_modified,  // 304: the client's copy is current
  failed,        // 412
};

// Evaluates If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since, in the order of
// 13.2.2.
Verdict check_preconditions(std::string_view method, const Headers& request, const Validators& now);

// Whether If-Range permits a partial response; true without If-Range (13.1.5).
bool range_may_apply(const Headers& request, const Validators& now);

}  // namespace weir::http
