// HTTP Basic authentication (RFC 7617).
#pragma once

#include <weir/http/file_server.h>

#include <span>
#include <string>
#include <string_view>

namespace weir::http {

// The user that an Authorization header names, with the right password; null for none.
const BasicUser* authorized_user(std::string_view authorization, std::span<const BasicUser> users);

// The user name in an Authorization header; empty if it has none.
std::string user_name(std::string_view authorization);

// Whether two texts are equal, in a time that depends on their lengths only.
bool same_secret(std::string_view a, std::string_view b) noexcept;

// The WWW-Authenticate header.
std::string challenge(std::string_view realm);

}  // namespace weir::http
