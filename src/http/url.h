// Parses a URL into RequestOptions.
#pragma once

#include <weir/http/client_request.h>

#include <string_view>

namespace weir::http {

// Protocol, host, port, path and user of "http://user:password@host:1/path?query". An IPv6 host is
// returned without brackets. ERRORS: throws ERR_INVALID_URL. Node counterpart: urlToHttpOptions(new
// URL(text)).
RequestOptions parse_url(std::string_view text);

}  // namespace weir::http
