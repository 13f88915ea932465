// Numbers with units among the command's arguments.
#pragma once

#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tool {

// Replaces an argument such as "64K" by its plain number, or rejects it.
template <auto parse>
CLI::Validator number(std::string expected) {
  return CLI::Validator(
      [expected = std::move(expected)](std::string& argument) -> std::string {
        const auto parsed = parse(argument);
        if (!parsed) return fmt::format("'{}' is not {}", argument, expected);
        argument = fmt::to_string(*parsed);
        return {};
      },
      "");
}

}  // namespace tool
