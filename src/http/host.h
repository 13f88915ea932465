// Validates hosts (RFC 3986, 3.2.2) in requests.
#pragma once

#include <string_view>

namespace weir::http {

// Whether `text` is a valid Host value (RFC 9110, 7.2): empty, or a host with an optional port.
bool is_host(std::string_view text) noexcept;

// Whether `text` is a valid target of CONNECT (RFC 9112, 3.2.3): a host and a port.
bool is_authority(std::string_view text) noexcept;

}  // namespace weir::http
