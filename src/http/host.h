// Whether text names a host (RFC 3986, 3.2.2), as requests do.
#pragma once

#include <string_view>

namespace weir::http {

// The value of a Host field (RFC 9110, 7.2): a host, and a port perhaps; or nothing.
bool is_host(std::string_view text) noexcept;

// The target of a CONNECT (RFC 9112, 3.2.3): a host and a port.
bool is_authority(std::string_view text) noexcept;

}  // namespace weir::http
