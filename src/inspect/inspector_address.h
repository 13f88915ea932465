// Where the inspector of a program listens.
#pragma once

#include <weir/http/client_request.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::internal {

struct InspectorAddress {
  std::string name;  // "127.0.0.1:9229", "[::1]:9229"
  std::string host;
  std::int64_t port;
  std::string folder;  // of the page: "/"
  std::string token;   // may be empty

  // A request on a connection of its own; `path` is relative to the page.
  http::RequestOptions request(std::string_view path) const;
};

// Parses "9229", "HOST:PORT", and the address of a page: "http://HOST:PORT/?token=...".
// ERRORS: throws ERR_INVALID_ARG_VALUE for other text.
InspectorAddress parse_inspector_address(std::string_view text);

}  // namespace weir::internal
