#include "http/date.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

constexpr std::time_t kExample = 784'111'777;
constexpr std::time_t kNow = 1'795'000'000;  // in November 2026

TEST(DateTest, ADateIsReadInItsThreeFormats) {
  for (const char* const text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                 "Sun Nov  6 08:49:37 1994"})
    EXPECT_EQ(parse_http_date(text, kNow), kExample) << text;
  EXPECT_EQ(http_date(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(DateTest, EveryDayIsReadAsItIsWritten) {
  constexpr std::time_t kDay = 86'400;
  for (std::time_t time = -10'000 * kDay + 1; time < 60'000 * kDay; time += 17 * kDay + 4001)
    ASSERT_EQ(parse_http_date(http_date(time), kNow), time) << http_date(time);
}

TEST(DateTest, ALeapDayAndALeapSecondAreRead) {
  EXPECT_TRUE(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT", kNow));
  EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", kNow),
            parse_http_date("Sun, 01 Jan 2017 00:00:00 GMT", kNow));
}

TEST(DateTest, AYearOfTwoDigitsIsAtMostFiftyYearsAhead) {
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-76 08:49:37 GMT", kNow),
            parse_http_date("Sun, 06 Nov 2076 08:49:37 GMT", kNow));
  EXPECT_EQ(parse_http_date("Sunday, 06-Dec-76 08:49:37 GMT", kNow),
            parse_http_date("Sun, 06 Dec 1976 08:49:37 GMT", kNow));
}

TEST(DateTest, AMalformedDateIsRefused) {
  for (const char* const text : {"",
                                 "yesterday",
                                 "Sun, 06 Nov 1994",
                                 "Sun, 06 Nov 1994 08:49:37",
                                 "0",
                                 "Sun, 06 Nov 1994 08:49:37 UTC",
                                 "Sun, 06 Nov 1994 08:49:37 GMT ",
                                 " Sun, 06 Nov 1994 08:49:37 GMT",
                                 "Sun, 6 Nov 1994 08:49:37 GMT",
                                 "sun, 06 nov 1994 08:49:37 gmt",
                                 "Sun, 30 Feb 1994 08:49:37 GMT",
                                 "Wed, 29 Feb 2023 00:00:00 GMT",
                                 "Sun, 00 Nov 1994 08:49:37 GMT",
                                 "Sun, 06 Nov 1994 24:00:00 GMT",
                                 "Sun, 06 Nov 1994 08:60:00 GMT",
                                 "Sun, 06 Nov 1994 08:49:61 GMT",
                                 "Sun, 06 Nov 94 08:49:37 GMT",
                                 "Sun, 06-Nov-94 08:49:37 GMT",
                                 "Sun Nov 6 08:49:37 1994",
                                 "Sun Nov  6 08:49:37 94",
                                 "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT"})
    EXPECT_EQ(parse_http_date(text, kNow), std::nullopt) << text;
}

}  // namespace
}  // namespace weir::http
