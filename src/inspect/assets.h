// The files of the inspector page (web/inspector, third_party/uplot), embedded by weir_embed.
#pragma once

#include <span>
#include <string_view>

namespace weir::internal {

struct Asset {
  std::string_view path;     // relative to the page: "index.html"
  std::string_view type;     // the Content-Type
  std::string_view content;  // in the program's read-only data
};

std::span<const Asset> inspector_assets();

}  // namespace weir::internal
