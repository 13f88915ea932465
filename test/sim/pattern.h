// sim/pattern.h - the bytes of a stream: each place of each pattern has a byte of its own, so that
// a byte at a wrong place is seen.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weir::sim {

inline char pattern_at(unsigned pattern, std::size_t place) noexcept {
  return static_cast<char>((pattern * 101 + place * 7 + (place >> 8) * 13 + (place >> 16) * 29) &
                           0xff);
}

inline std::string pattern_bytes(unsigned pattern, std::size_t from, std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) bytes[i] = pattern_at(pattern, from + i);
  return bytes;
}

// The first place from `from` on at which the bytes are not the pattern's.
inline std::optional<std::size_t> first_difference(unsigned pattern, std::string_view bytes,
                                                   std::size_t from) noexcept {
  for (std::size_t i = from; i < bytes.size(); ++i)
    if (bytes[i] != pattern_at(pattern, i)) return i;
  return std::nullopt;
}

// The pattern of a stream's bytes: its own, or that of the stream that is piped into it.
class Origin {
 public:
  explicit Origin(unsigned pattern) noexcept : own_(pattern) {}

  unsigned pattern() const noexcept { return upstream_ ? upstream_->pattern() : own_; }
  void follow(std::shared_ptr<const Origin> upstream) noexcept { upstream_ = std::move(upstream); }
  // True if these bytes come from there.
  bool comes_from(const Origin& other) const noexcept {
    return this == &other || (upstream_ && upstream_->comes_from(other));
  }

 private:
  unsigned own_;
  std::shared_ptr<const Origin> upstream_;
};

}  // namespace weir::sim
