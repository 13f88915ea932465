// Where a URL leads to.
#pragma once

#include <weir/http/client_request.h>

#include <string_view>

namespace weir::http {

// Protocol, host, port, path and user of "http://user:password@host:1/path?query"; the host of an
// IPv6 address is without its brackets. ERRORS: throws ERR_INVALID_URL.
// Node counterpart: urlToHttpOptions(new URL(text)).
RequestOptions parse_url(std::string_view text);

}  // namespace weir::http
