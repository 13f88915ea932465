#include "weir/line_stamp.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace tool {

std::string_view LineStamp::text(Time time) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const auto second = std::chrono::floor<seconds>(time);
  const auto rest = std::chrono::floor<milliseconds>(time - second);
  text_ = fmt::format("{:%FT%T}.{:03}Z ", fmt::gmtime(std::chrono::system_clock::to_time_t(second)),
                      rest.count());
  return text_;
}

}  // namespace tool
