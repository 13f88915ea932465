// The conditions of a request on the state of its target (RFC 9110, 13).
#pragma once

#include "http/validators.h"
#include <weir/http/headers.h>

#include <cstdint>
#include <string_view>

namespace weir::http {

enum class Verdict : std::uint8_t {
  perform,       // the method
  not_modified,  // 304: the client has it
  failed,        // 412
};

// Of If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since, in the order of 13.2.2.
Verdict check_preconditions(std::string_view method, const Headers& request, const Validators& now);

// Whether If-Range, where there is one, allows a part (13.1.5).
bool range_may_apply(const Headers& request, const Validators& now);

}  // namespace weir::http
