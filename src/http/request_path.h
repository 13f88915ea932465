// Maps a request's URL to a relative file path.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::http {

struct RequestPath {
  std::string path;                 // "a/b c.txt": decoded, relative; empty for the root
  bool is_folder = false;           // the URL ended with a slash
  std::string_view query = {};      // "?a=b", not decoded
  std::optional<int> refusal = {};  // the status to send if the URL names no file
};

// Refuses invalid escapes and names (400), and paths that lead out of the root (403).
RequestPath parse_request_path(std::string_view url);

// The part of `path` below `prefix` ("a/b" of "x/a/b" below "x"); nullopt for other paths.
std::optional<std::string> path_below(std::string_view prefix, std::string_view path);

// Encodes a text as one segment of a URL's path.
std::string encode_path_part(std::string_view name);
// "a b/c" as "/a%20b/c/", and "" as "/".
std::string folder_url(std::string_view path);
// Escapes the characters of a URL that a header must not contain.
std::string printable_url_part(std::string_view text);

}  // namespace weir::http
