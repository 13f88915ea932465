#include "http/basic_auth.h"

#include "http/text.h"
#include <weir/base/encoding.h>

#include <cstddef>

namespace weir::http {

bool same_secret(std::string_view a, std::string_view b) noexcept {
  // Volatile: the compiler must not end the loop at the first difference.
  volatile unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char other = b.empty() ? '\0' : b[i % b.size()];
    difference = static_cast<unsigned char>(difference | static_cast<unsigned char>(a[i] ^ other));
  }
  return difference == 0;
}

namespace {

// "name:password"; empty for another scheme.
std::string credentials_in(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  if (!same_name(authorization.substr(0, kScheme.size()), kScheme)) return {};
  return decode(trimmed(authorization.substr(kScheme.size())), Encoding::base64);
}

}  // namespace

std::string user_name(std::string_view authorization) {
  const std::string given = credentials_in(authorization);
  const auto colon = given.find(':');
  return colon == given.npos ? std::string() : given.substr(0, colon);
}

const BasicUser* authorized_user(std::string_view authorization, std::span<const BasicUser> users) {
  const std::string text = credentials_in(authorization);
  const std::string_view given = text;
  const auto colon = given.find(':');
  if (colon == given.npos) return nullptr;
  const BasicUser* found = nullptr;
  // Compares with every user, so that the time does not tell which one exists.
  for (const BasicUser& user : users) {
    const bool is_name = same_secret(given.substr(0, colon), user.name);
    const bool is_password = same_secret(given.substr(colon + 1), user.password);
    if (static_cast<int>(is_name) & static_cast<int>(is_password)) found = &user;
  }
  return found;
}

std::string challenge(std::string_view realm) {
  std::string text = "Basic realm=\"";
  for (const char c : realm) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\", charset=\"UTF-8\"";
}

}  // namespace weir::http
