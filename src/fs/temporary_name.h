// Names of temporary files.
#pragma once

#include <string>

namespace weir::fs {

// ".weir-" and 16 digits: short, since a name of 255 bytes leaves no room for a longer one.
std::string some_temporary_name();

}  // namespace weir::fs
