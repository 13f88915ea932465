#include "http/date.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <span>

#include <fmt/format.h>

namespace weir::http {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// A year beyond 9999 is cut off at the end of `text`.
void write_date(std::span<char> text, std::time_t time) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  fmt::format_to_n(text.data(), text.size(), "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                   kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                   kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                   parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// Parses a text from its front. After a part that does not match, all further reads fail.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : rest_(text) {}

  bool has_read_all() const noexcept { return !failed_ && rest_.empty(); }

  Reader& skip(std::string_view literal) noexcept {
    if (rest_.starts_with(literal))
      rest_.remove_prefix(literal.size());
    else
      failed_ = true;
    return *this;
  }
  // Sets `number` to the index of the name.
  Reader& name(std::span<const std::string_view> names, int& number) noexcept {
    const auto found = std::ranges::find_if(
        names, [this](std::string_view name) { return rest_.starts_with(name); });
    if (found == names.end()) {
      failed_ = true;
      return *this;
    }
    number = static_cast<int>(found - names.begin());
    return skip(*found);
  }
  Reader& name(std::span<const std::string_view> names) noexcept {
    int unused = 0;
    return name(names, unused);
  }
  Reader& digits(std::size_t count, int& number) noexcept {
    const std::string_view text = rest_.substr(0, count);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != count || !std::ranges::all_of(text, is_digit)) {
      failed_ = true;
      return *this;
    }
    std::from_chars(text.data(), text.data() + count, number);
    return skip(text);
  }
  // Two digits, the first of which may be a space.
  Reader& padded(int& number) noexcept {
    return rest_.starts_with(' ') ? skip(" ").digits(1, number) : digits(2, number);
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

struct Parts {
  int year = 0;
  int month = 0;  // from 0
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

Reader& read_time(Reader& text, Parts& parts) noexcept {
  return text.digits(2, parts.hour)
      .skip(":")
      .digits(2, parts.minute)
      .skip(":")
      .digits(2, parts.second);
}

bool read_fixed(Reader text, Parts& parts) noexcept {
  text.name(kDays).skip(", ").digits(2, parts.day).skip(" ").name(kMonths, parts.month);
  text.skip(" ").digits(4, parts.year).skip(" ");
  return read_time(text, parts).skip(" GMT").has_read_all();
}

// RFC 850 dates have a year of two digits.
bool read_rfc850(Reader text, Parts& parts) noexcept {
  text.name(kLongDays).skip(", ").digits(2, parts.day).skip("-").name(kMonths, parts.month);
  text.skip("-").digits(2, parts.year).skip(" ");
  return read_time(text, parts).skip(" GMT").has_read_all();
}

bool read_asctime(Reader text, Parts& parts) noexcept {
  text.name(kDays).skip(" ").name(kMonths, parts.month).skip(" ").padded(parts.day).skip(" ");
  return read_time(text, parts).skip(" ").digits(4, parts.year).has_read_all();
}

std::optional<std::time_t> time_of(const Parts& parts) noexcept {
  const std::chrono::year_month_day date(std::chrono::year(parts.year),
                                         std::chrono::month(static_cast<unsigned>(parts.month + 1)),
                                         std::chrono::day(static_cast<unsigned>(parts.day)));
  // Second 60 is a leap second.
  if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return std::nullopt;
  constexpr std::time_t kDay = 86'400;
  return std::chrono::sys_days(date).time_since_epoch().count() * kDay +
         ((parts.hour * 60) + parts.minute) * 60 + parts.second;
}

// A date more than fifty years ahead belongs to the past century.
std::optional<std::time_t> time_of_short_year(Parts parts, std::time_t now) noexcept {
  std::tm today{};
  gmtime_r(&now, &today);
  const int this_year = today.tm_year + 1900;
  parts.year += this_year / 100 * 100;
  Parts limit{this_year + 50, today.tm_mon, today.tm_mday,
              today.tm_hour,  today.tm_min, today.tm_sec};
  const auto as_tuple = [](const Parts& p) {
    return std::array{p.year, p.month, p.day, p.hour, p.minute, p.second};
  };
  if (as_tuple(parts) > as_tuple(limit)) parts.year -= 100;
  return time_of(parts);
}

}  // namespace

std::string http_date(std::time_t time) {
  std::string text(kDateSize, ' ');
  write_date(text, time);
  return text;
}

std::optional<std::time_t> parse_http_date(std::string_view text, std::time_t now) {
  Parts parts;
  const Reader reader(text);
  if (read_fixed(reader, parts) || read_asctime(reader, parts)) return time_of(parts);
  if (read_rfc850(reader, parts)) return time_of_short_year(parts, now);
  return std::nullopt;
}

std::string_view DateCache::at(std::time_t time) {
  if (time != made_at_) {
    write_date(text_, time);
    made_at_ = time;
  }
  return {text_.data(), text_.size()};
}

}  // namespace weir::http
