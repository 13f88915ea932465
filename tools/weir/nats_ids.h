// The message ids of a file's lines: "weir-<file>-<offset>-<content>".
//
// They depend on the file's name and on the line's place and content alone, so a copy that is run
// again gives the same lines the same ids. The id of the last message says where to continue.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tool {

class LineIds {
 public:
  // `start`: the offset of the first line.
  LineIds(std::string_view path, std::uint64_t start);

  std::string next(std::string_view line);

 private:
  std::uint64_t file_;
  std::uint64_t offset_;
};

// The file's part of the ids, of its absolute path.
std::string id_of_file(std::string_view path);

// True if the path is a regular file, whose lines have a lasting place.
bool look_at_file(const std::string& path);

enum class LineEnd : bool { missing, there };

// The offset after the line with this id, if it is this file's, and the file has the line there. A
// line whose end was missing may have grown: the offset is that of its rest.
std::optional<std::uint64_t> end_in_file(const std::string& path, std::string_view id,
                                         std::string_view line, LineEnd line_end);

}  // namespace tool
