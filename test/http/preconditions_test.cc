#include "http/preconditions.h"

#include "http/date.h"
#include "http/entity_tag.h"

#include <initializer_list>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::http {
namespace {

constexpr std::time_t kChanged = 1'000'000'000;
constexpr std::time_t kRequestTime = kChanged + 1000;
const std::string kSame = http_date(kChanged);
const std::string kEarlier = http_date(kChanged - 1);
const std::string kLater = http_date(kChanged + 1);

Validators now(std::string etag = "\"x\"") {
  return {.etag = std::move(etag), .modified = kChanged, .looked_at = kRequestTime};
}

// "perform", "304" or "412".
std::string verdict(std::string_view method, const Headers& request,
                    const Validators& state = now()) {
  switch (check_preconditions(method, request, state)) {
    case Verdict::perform:
      return "perform";
    case Verdict::not_modified:
      return "304";
    case Verdict::failed:
      return "412";
  }
  return "?";
}

struct ConditionVector {
  const char* section;  // of RFC 9110
  const char* method;
  std::initializer_list<Field> request;
  const char* verdict;
};

TEST(PreconditionsTest, AreThoseOfTheStandardInItsOrder) {
  const ConditionVector vectors[] = {
      {"13.2.2", "GET", {}, "perform"},
      // If-Match.
      {"13.1.1", "GET", {{"If-Match", "\"x\""}}, "perform"},
      {"13.1.1", "GET", {{"If-Match", "*"}}, "perform"},
      {"13.1.1", "GET", {{"If-Match", " * "}}, "perform"},
      {"13.1.1", "GET", {{"If-Match", "\"y\""}}, "412"},
      {"13.1.1", "HEAD", {{"If-Match", "\"y\""}}, "412"},
      {"13.1.1", "POST", {{"If-Match", "\"y\""}}, "412"},
      {"13.1.1", "GET", {{"If-Match", "\"y\", \"x\""}}, "perform"},
      {"13.1.1, the comparison is strong", "GET", {{"If-Match", "W/\"x\""}}, "412"},
      {"13.1.1", "GET", {{"If-Match", ""}}, "412"},
      {"13.1.1", "GET", {{"If-Match", "x"}}, "412"},
      {"13.1.1", "GET", {{"If-Match", "\"y\""}, {"If-Match", "\"x\""}}, "perform"},
      {"13.1.1", "GET", {{"If-Match", "\"X\""}}, "412"},
      // If-Unmodified-Since.
      {"13.1.4", "GET", {{"If-Unmodified-Since", kSame}}, "perform"},
      {"13.1.4", "GET", {{"If-Unmodified-Since", kLater}}, "perform"},
      {"13.1.4", "GET", {{"If-Unmodified-Since", kEarlier}}, "412"},
      {"13.1.4", "HEAD", {{"If-Unmodified-Since", kEarlier}}, "412"},
      {"13.1.4", "PUT", {{"If-Unmodified-Since", kEarlier}}, "412"},
      {"13.1.4", "GET", {{"If-Unmodified-Since", "Sunday, 09-Sep-01 01:46:39 GMT"}}, "412"},
      {"13.1.4", "GET", {{"If-Unmodified-Since", "Sun Sep  9 01:46:39 2001"}}, "412"},
      {"13.1.4, what is no date is ignored", "GET", {{"If-Unmodified-Since", "0"}}, "perform"},
      {"13.1.4", "GET", {{"If-Unmodified-Since", "\"y\""}}, "perform"},
      {"13.1.4, and so are several",
       "GET",
       {{"If-Unmodified-Since", kEarlier}, {"If-Unmodified-Since", kEarlier}},
       "perform"},
      {"13.2.2, not where there is If-Match",
       "GET",
       {{"If-Match", "\"x\""}, {"If-Unmodified-Since", kEarlier}},
       "perform"},
      {"13.2.2", "GET", {{"If-Unmodified-Since", kLater}, {"If-Match", "\"y\""}}, "412"},
      // If-None-Match.
      {"13.1.2", "GET", {{"If-None-Match", "\"x\""}}, "304"},
      {"13.1.2", "HEAD", {{"If-None-Match", "\"x\""}}, "304"},
      {"13.1.2, 412 to other methods", "PUT", {{"If-None-Match", "\"x\""}}, "412"},
      {"13.1.2", "PUT", {{"If-None-Match", "*"}}, "412"},
      {"13.1.2", "GET", {{"If-None-Match", "*"}}, "304"},
      {"13.1.2, the comparison is weak", "GET", {{"If-None-Match", "W/\"x\""}}, "304"},
      {"13.1.2", "GET", {{"If-None-Match", "\"y\""}}, "perform"},
      {"13.1.2", "GET", {{"If-None-Match", "\"a,\", W/\"b\" ,,\t\"x\""}}, "304"},
      {"13.1.2", "GET", {{"If-None-Match", "\"a, \"x\""}}, "perform"},
      {"13.1.2", "GET", {{"If-None-Match", "x"}}, "perform"},
      {"13.1.2", "GET", {{"If-None-Match", ""}}, "perform"},
      {"13.1.2", "GET", {{"If-None-Match", "\"y\""}, {"If-None-Match", "\"x\""}}, "304"},
      // If-Modified-Since.
      {"13.1.3", "GET", {{"If-Modified-Since", kSame}}, "304"},
      {"13.1.3", "HEAD", {{"If-Modified-Since", kSame}}, "304"},
      {"13.1.3", "GET", {{"If-Modified-Since", kLater}}, "304"},
      {"13.1.3", "GET", {{"If-Modified-Since", kEarlier}}, "perform"},
      {"13.1.3, other methods ignore it", "POST", {{"If-Modified-Since", kSame}}, "perform"},
      {"13.1.3", "GET", {{"If-Modified-Since", "Sunday, 09-Sep-01 01:46:40 GMT"}}, "304"},
      {"13.1.3", "GET", {{"If-Modified-Since", "Sun Sep  9 01:46:40 2001"}}, "304"},
      {"13.1.3, what is no date is ignored", "GET", {{"If-Modified-Since", "now"}}, "perform"},
      {"13.1.3", "GET", {{"If-Modified-Since", ""}}, "perform"},
      {"13.1.3", "GET", {{"If-Modified-Since", kSame}, {"If-Modified-Since", kSame}}, "perform"},
      {"13.2.2, not where there is If-None-Match",
       "GET",
       {{"If-None-Match", "\"y\""}, {"If-Modified-Since", kSame}},
       "perform"},
      {"13.2.2", "GET", {{"If-None-Match", "\"x\""}, {"If-Modified-Since", kEarlier}}, "304"},
      // All of them.
      {"13.2.2", "GET", {{"If-None-Match", "\"x\""}, {"If-Match", "\"y\""}}, "412"},
      {"13.2.2", "GET", {{"If-None-Match", "\"x\""}, {"If-Match", "\"x\""}}, "304"},
      {"13.2.2", "GET", {{"If-Modified-Since", kSame}, {"If-Unmodified-Since", kEarlier}}, "412"},
      {"13.2.2", "GET", {{"If-Modified-Since", kSame}, {"If-Unmodified-Since", kSame}}, "304"},
  };
  for (const ConditionVector& vector : vectors) {
    std::string text;
    for (const Field& field : vector.request)
      text += fmt::format(" {}: {}", field.name, field.value);
    EXPECT_EQ(verdict(vector.method, Headers(vector.request)), vector.verdict)
        << "RFC 9110, " << vector.section << ": " << vector.method << text;
  }
}

TEST(PreconditionsTest, AWeakTagOfTheFileMatchesWhereTheComparisonIsWeak) {
  EXPECT_EQ(verdict("GET", {{"If-Match", "W/\"x\""}}, now("W/\"x\"")), "412");
  EXPECT_EQ(verdict("GET", {{"If-Match", "\"x\""}}, now("W/\"x\"")), "412");
  EXPECT_EQ(verdict("GET", {{"If-Match", "*"}}, now("W/\"x\"")), "perform");
  EXPECT_EQ(verdict("GET", {{"If-None-Match", "W/\"x\""}}, now("W/\"x\"")), "304");
  EXPECT_EQ(verdict("GET", {{"If-None-Match", "\"x\""}}, now("W/\"x\"")), "304");
}

TEST(PreconditionsTest, ATagMayHaveCommasInIt) {
  for (const char* const tag : {"\"a,b\"", "\",\"", "\",,a\"", "\"\"", "\"\xff!#\""}) {
    EXPECT_TRUE(lists_tag(fmt::format("\"y\",{}", tag), tag, TagComparison::strong)) << tag;
    EXPECT_TRUE(lists_tag(fmt::format(" , {} ,\"y\"", tag), tag, TagComparison::strong)) << tag;
  }
  EXPECT_FALSE(lists_tag("\"a,b\"", "\"b\"", TagComparison::weak));
  EXPECT_FALSE(lists_tag("\"a\", *", "\"b\"", TagComparison::weak));
}

TEST(PreconditionsTest, ParsingStopsAtAMalformedTag) {
  for (const char* const list :
       {"y, \"x\"", "\"y\"\"x\"", "\"y\" \"x\"", "w/\"x\"", "W/x, \"x\"", "\"y, \"x\"",
        "\"a, \", \"x\"", "'x'", "\"x", "x\"", "\"x\"z", "* , \"x\""})
    EXPECT_FALSE(lists_tag(list, "\"x\"", TagComparison::weak)) << list;
}

// --- If-Range, 13.1.5 ---

bool may_be_part(std::initializer_list<Field> request, const Validators& state = now()) {
  return range_may_apply(Headers(request), state);
}

TEST(IfRangeTest, APartIsOfTheSameStateOrThereIsNone) {
  EXPECT_TRUE(may_be_part({}));
  EXPECT_TRUE(may_be_part({{"If-Range", "\"x\""}}));
  EXPECT_FALSE(may_be_part({{"If-Range", "\"y\""}}));
  EXPECT_FALSE(may_be_part({{"If-Range", "*"}}));
  EXPECT_FALSE(may_be_part({{"If-Range", ""}}));
  EXPECT_FALSE(may_be_part({{"If-Range", "x"}}));
  EXPECT_FALSE(may_be_part({{"If-Range", "\"y\", \"x\""}}));
  EXPECT_FALSE(may_be_part({{"If-Range", "\"x\""}, {"If-Range", "\"x\""}}));
}

TEST(IfRangeTest, AWeakTagNeverMatches) {
  EXPECT_FALSE(may_be_part({{"If-Range", "W/\"x\""}}));
  EXPECT_FALSE(may_be_part({{"If-Range", "W/\"x\""}}, now("W/\"x\"")));
  EXPECT_FALSE(may_be_part({{"If-Range", "\"x\""}}, now("W/\"x\"")));
}

TEST(IfRangeTest, ADateMatchesExactly) {
  EXPECT_TRUE(may_be_part({{"If-Range", kSame}}));
  EXPECT_TRUE(may_be_part({{"If-Range", "Sun Sep  9 01:46:40 2001"}}));
  EXPECT_FALSE(may_be_part({{"If-Range", kLater}}));
  EXPECT_FALSE(may_be_part({{"If-Range", kEarlier}}));
  EXPECT_FALSE(may_be_part({{"If-Range", "yesterday"}}));
}

TEST(IfRangeTest, ADateOfAMomentAgoIsNoStrongValidator) {
  Validators recent = now();
  for (const std::time_t age : {0, 1}) {
    recent.looked_at = kChanged + age;
    EXPECT_FALSE(may_be_part({{"If-Range", kSame}}, recent)) << age;
  }
  recent.looked_at = kChanged + 2;
  EXPECT_TRUE(may_be_part({{"If-Range", kSame}}, recent));
}

// --- The validators of a file ---

struct stat file_of(std::time_t changed, long nanoseconds, off_t size) {
  struct stat file{};
  file.st_mtim = {changed, nanoseconds};
  file.st_size = size;
  return file;
}

TEST(ValidatorsTest, ATagChangesWithTimeAndSize) {
  const std::string tag = validators_of(file_of(kChanged, 1, 10), kRequestTime).etag;
  EXPECT_TRUE(tag.starts_with('"'));
  EXPECT_EQ(tag, validators_of(file_of(kChanged, 1, 10), kRequestTime + 1).etag);
  EXPECT_NE(tag, validators_of(file_of(kChanged, 2, 10), kRequestTime).etag);
  EXPECT_NE(tag, validators_of(file_of(kChanged + 1, 1, 10), kRequestTime).etag);
  EXPECT_NE(tag, validators_of(file_of(kChanged, 1, 11), kRequestTime).etag);
}

TEST(ValidatorsTest, ATagIsWeakWhileTheFileMayChangeUnnoticed) {
  const std::string strong = validators_of(file_of(kChanged, 1, 10), kChanged + 2).etag;
  for (const std::time_t age : {-1, 0, 1})
    EXPECT_EQ(validators_of(file_of(kChanged, 1, 10), kChanged + age).etag, "W/" + strong) << age;
}

TEST(ValidatorsTest, ADateInTheFutureIsNotSent) {
  EXPECT_EQ(validators_of(file_of(kRequestTime + 100, 0, 10), kRequestTime).modified, kRequestTime);
}

}  // namespace
}  // namespace weir::http
