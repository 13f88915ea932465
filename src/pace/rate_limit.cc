#include <weir/pace/rate_limit.h>

#include "pace/rate_limiter.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace weir {
namespace {

constexpr std::uint64_t kMost = (std::uint64_t{1} << 53) - 1;

void check(std::string_view name, std::uint64_t value) {
  if (value < 1 || value > kMost)
    throw out_of_range(name, ">= 1 && <= 9007199254740991", fmt::to_string(value));
}

}  // namespace

Ref<Transform> create_rate_limit(Loop& loop, RateLimitOptions options) {
  check("bytes_per_second", options.bytes_per_second);
  const std::uint64_t burst =
      options.burst.value_or(std::max<std::uint64_t>(options.bytes_per_second / 10, 1));
  check("burst", burst);
  return Transform::make(
      loop, std::make_unique<internal::RateLimiter>(loop, options.bytes_per_second, burst),
      {.high_water_mark = options.high_water_mark, .signal = std::move(options.signal)});
}

}  // namespace weir
