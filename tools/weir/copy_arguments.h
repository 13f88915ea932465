// The arguments of `weir cp`.
#pragma once

#include "weir/copy_options.h"
#include "weir/trust.h"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tool {

// The arguments of `weir cp` before they are parsed.
struct Places {
  std::vector<std::string> places;  // SOURCE... DEST
  std::vector<std::string> tees;
  TrustFiles trust;
  bool is_blind = false;
};

void add_copy(CLI::App& command, Places& places, CopyOptions& options);

// Moves the places into the options. Opens nothing.
// ERRORS: throws a CLI::ValidationError for a place that is none.
void set_places(CopyOptions& options, Places& places);

}  // namespace tool
