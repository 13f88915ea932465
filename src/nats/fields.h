// Fields of a server's JSON. The value of a field that is missing, or of another type, is empty or
// 0: json::value would throw.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

namespace weir::nats::internal {

inline const nlohmann::json* find_field(const nlohmann::json& object, const char* name) noexcept {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

inline std::string text_field(const nlohmann::json& object, const char* name) {
  const auto* const field = find_field(object, name);
  return field && field->is_string() ? field->get<std::string>() : std::string();
}

inline std::uint64_t count_field(const nlohmann::json& object, const char* name) noexcept {
  const auto* const field = find_field(object, name);
  return field && field->is_number_unsigned() ? field->get<std::uint64_t>() : 0;
}

}  // namespace weir::nats::internal
