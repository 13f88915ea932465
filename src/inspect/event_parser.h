// Parses server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace weir::internal {

class EventParser {
 public:
  // The longest event. A sender that never ends one would fill the memory.
  static constexpr std::size_t kMostHeld = std::size_t{32} << 20;

  // CALLS BACK: `take(name, data)` for each event that the text completes; it returns false to
  // stop. Returns false if it did, or if an event is too long. The parser must then be reset.
  template <class Take>
  bool add(std::string_view text, Take take) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      line_ += text.substr(0, end);
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
      if (line_.ends_with('\r')) line_.pop_back();
      const bool is_end = line_.empty();
      if (!is_end) add_field();
      line_.clear();
      if (!is_end) continue;
      const std::string name = std::exchange(name_, {});
      if (!std::exchange(has_data_, false)) continue;
      const std::string data = std::exchange(data_, {});
      if (!take(std::string_view(name), std::string_view(data))) return false;
    }
    return line_.size() + data_.size() <= kMostHeld;
  }
  void reset() { *this = {}; }

 private:
  void add_field();

  std::string line_;  // that has not ended
  std::string name_;
  std::string data_;
  bool has_data_ = false;
};

}  // namespace weir::internal
