// The layout of --help.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace tool {

// Shows the optional value of a flag, its option_text, as a part of the name: "--inspect[=PORT]".
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    std::string name = Formatter::make_option_name(option, is_positional);
    return has_optional_value(option) ? name + option->get_option_text() : name;
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return has_optional_value(option) ? "" : Formatter::make_option_opts(option);
  }

 private:
  static bool has_optional_value(const CLI::Option* option) {
    return option->get_option_text().rfind("[=", 0) == 0;
  }
};

// Adds an option that may have a value, in the same argument: --name or --name=VALUE. `shown` is
// "[=VALUE]"; `set` gets "true" for none, and may throw a CLI::ValidationError.
template <class Set>
CLI::Option* add_flag_with_value(CLI::App& command, const std::string& name,
                                 const std::string& shown, Set set, const std::string& what) {
  CLI::callback_t callback = [set](const CLI::results_t& results) {
    set(results.back());
    return true;
  };
  return command.add_option(name, std::move(callback), what)->expected(0)->option_text(shown);
}

}  // namespace tool
