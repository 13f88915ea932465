// The codes of one layer: the values of an enumeration as a std::error_category, with Node's words.
#pragma once

#include <weir/base/error.h>

#include <span>
#include <string>
#include <system_error>

namespace weir {

struct CodeEntry {
  template <class Code>
  constexpr CodeEntry(Code code, ErrorWords its_words, std::errc its_condition = {}) noexcept
      : value(static_cast<int>(code)), words(its_words), condition(its_condition) {}

  int value;
  ErrorWords words;
  std::errc condition;  // the standard's code that it equals, where there is one
};

class CodeTable final : public std::error_category {
 public:
  // REQUIRES: both outlive the table.
  CodeTable(const char* name, std::span<const CodeEntry> entries) noexcept
      : name_(name), entries_(entries) {}

  const char* name() const noexcept override { return name_; }
  std::string message(int value) const override;
  std::error_condition default_error_condition(int value) const noexcept override;

  template <class Code>
  const ErrorWords& words(Code code) const noexcept {
    return find(static_cast<int>(code)).words;
  }

 private:
  const CodeEntry& find(int value) const noexcept;

  const char* name_;
  std::span<const CodeEntry> entries_;
};

}  // namespace weir
