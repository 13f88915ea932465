// The file below a folder that a request's URL names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::http {

struct RequestPath {
  std::string path;                 // "a/b c.txt": decoded, relative; empty: the folder itself
  bool is_folder = false;           // it was written with a slash at its end
  std::string_view query = {};      // "?a=b", of the URL as it was
  std::optional<int> refusal = {};  // the status that says why it names nothing
};

// Refuses what does not decode, or to what is no name (400), and what leads up (403).
RequestPath parse_request_path(std::string_view url);

// The rest of a path below a prefix ("a/b" of "x/a/b" below "x"); nothing where it is elsewhere.
std::optional<std::string> path_below(std::string_view prefix, std::string_view path);

// The text such that a URL has it as one part of its path.
std::string encode_path_part(std::string_view name);
// "a b/c" as "/a%20b/c/", and "" as "/".
std::string folder_url(std::string_view path);
// A URL's text, with what a header line had better not have encoded.
std::string printable_url_part(std::string_view text);

}  // namespace weir::http
