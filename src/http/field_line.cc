#include "http/field_line.h"

#include "http/text.h"

#include <cstddef>

namespace weir::http {

LineFault parse_field_line(std::string_view line, bool any_value, Field& result) noexcept {
  std::size_t name_end = 0;
  while (name_end < line.size() && is_token_char(line[name_end])) ++name_end;
  if (name_end == 0 || name_end == line.size() || line[name_end] != ':')
    return {ParseErrc::invalid_field_name, name_end};
  result.name = line.substr(0, name_end);
  result.value = trimmed(line.substr(name_end + 1));
  if (any_value) return {};
  const std::size_t wrong = find_control(result.value);
  if (wrong == result.value.size()) return {};
  return {result.value[wrong] == '\r' ? ParseErrc::stray_cr : ParseErrc::invalid_field_value,
          static_cast<std::size_t>(result.value.data() - line.data()) + wrong};
}

}  // namespace weir::http
