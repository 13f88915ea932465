#include "http/line_reader.h"

#include <algorithm>

namespace weir::http {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

}  // namespace

LineReader::Status LineReader::next(std::string_view& rest, const Rules& rules) {
  if (state_ == Kept::given) forget();
  earlier_ = kept_.size();
  while (!rest.empty()) {
    if (state_ == Kept::pending) {
      if (!is_space(rest.front())) {
        line_ = kept_;
        state_ = Kept::given;
        return Status::line;
      }
      // RFC 9112, 5.2: each fold is replaced with a space.
      rest.remove_prefix(1);
      kept_ += ' ';
      state_ = Kept::part;
    }
    const Status status = take(rest, rules);
    if (status != Status::line || !rules.unfolds || line_.empty()) return status;
    if (!rest.empty() && !is_space(rest.front())) return status;
    keep_line();
    state_ = Kept::pending;
  }
  return Status::partial;
}

LineReader::Status LineReader::take(std::string_view& rest, const Rules& rules) {
  const std::size_t size = rest.find('\n');
  const std::string_view piece = rest.substr(0, std::min(size, rules.most - kept_.size() + 1));
  line_ = piece;
  if (size == std::string_view::npos || state_ == Kept::part) {
    kept_ += piece;
    line_ = kept_;
    state_ = Kept::part;
  }
  if (line_.size() > rules.most) return Status::too_long;
  if (size == std::string_view::npos) {
    rest = {};
    return Status::partial;
  }
  if (line_.ends_with('\r'))
    line_.remove_suffix(1);
  else if (!rules.takes_bare_lf)
    return Status::missing_cr;
  rest.remove_prefix(size + 1);
  if (state_ == Kept::part) state_ = Kept::given;
  return Status::line;
}

// Moves the line to `kept_`, to which more can be appended.
void LineReader::keep_line() {
  if (state_ == Kept::given)
    kept_.resize(line_.size());
  else
    kept_.assign(line_);
}

// Releases the capacity of a long copy: the connection may be idle for a long time.
void LineReader::forget() noexcept {
  constexpr std::size_t kKeptCapacity = 256;
  kept_.clear();
  if (kept_.capacity() > kKeptCapacity) std::string().swap(kept_);
  state_ = Kept::none;
}

}  // namespace weir::http
