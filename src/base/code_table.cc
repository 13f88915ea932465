#include "base/code_table.h"

namespace weir {

std::string CodeTable::message(int value) const { return find(value).words.message; }

std::error_condition CodeTable::default_error_condition(int value) const noexcept {
  const CodeEntry& entry = find(value);
  if (entry.condition == std::errc()) return {value, *this};
  return entry.condition;
}

const CodeEntry& CodeTable::find(int value) const noexcept {
  static constexpr CodeEntry kUnknown(0, {"", "Error", "unknown error"});
  for (const CodeEntry& entry : entries_)
    if (entry.value == value) return entry;
  return kUnknown;
}

}  // namespace weir
