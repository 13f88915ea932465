// The value of a Date line, made anew once a second.
#pragma once

#include <weir/base/ref.h>

#include <array>
#include <cstddef>
#include <ctime>
#include <string_view>

namespace weir::http {

// "Sun, 06 Nov 1994 08:49:37 GMT".
class DateCache final : public RefCounted {
 public:
  std::string_view now() { return at(std::time(nullptr)); }
  // For tests: the same at a time of their own.
  std::string_view at(std::time_t time);

 private:
  static constexpr std::size_t kSize = 29;

  std::time_t made_at_ = -1;
  std::array<char, kSize + 1> text_{};
};

}  // namespace weir::http
