// Puts the time before each line.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace tool {

class LineStamp {
 public:
  using Time = std::chrono::system_clock::time_point;

  // "2026-11-27T12:00:00.000Z ". Valid until the next call.
  std::string_view text(Time time);

  // Calls `write` with the pieces of the stamped text. A text may begin within a line.
  template <class Write>
  void apply(std::string_view text, Time time, Write write) {
    const std::string_view stamp = this->text(time);
    while (!text.empty()) {
      if (!is_within_line_) write(stamp);
      const auto end = text.find('\n');
      is_within_line_ = end == text.npos;
      const std::string_view line = text.substr(0, is_within_line_ ? text.size() : end + 1);
      write(line);
      text.remove_prefix(line.size());
    }
  }

 private:
  std::string text_;
  bool is_within_line_ = false;
};

}  // namespace tool
