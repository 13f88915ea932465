// What a request's URL names below the folder that is served.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tool {

struct RequestPath {
  std::string path;                 // "a/b c.txt": decoded, relative; empty: the folder itself
  bool is_folder = false;           // it was written with a slash at its end
  std::optional<int> refusal = {};  // the status that says why it names nothing
};

// Refuses what does not decode, or to what is no name (400), and what leads up (403).
RequestPath parse_request_path(std::string_view url);

// The text such that a URL has it as one part of its path.
std::string encode_path_part(std::string_view name);

}  // namespace tool
