#include <weir/http/headers.h>

#include "http/date.h"
#include "support/event_log.h"
#include <weir/http/status.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

TEST(Headers, AreFoundInAnyCase) {
  const Headers headers{{"Host", "x"}, {"X-A", "1"}};
  EXPECT_TRUE(headers.has("hOST"));
  EXPECT_EQ(headers.get("x-a"), "1");
  EXPECT_EQ(headers.get("x-b"), std::nullopt);
}

TEST(Headers, KeepTheirOrderAndTheirCase) {
  const Headers headers{{"B", "1"}, {"a", "2"}, {"b", "3"}};
  std::string lines;
  for (const auto [name, value] : headers) lines += std::string(name) + std::string(value);
  EXPECT_EQ(lines, "B1a2b3");
  EXPECT_EQ(headers.names(), (std::vector<std::string_view>{"B", "a"}));
}

TEST(Headers, JoinSeveralLinesAsNodeDoes) {
  const Headers headers{{"X-A", "1"},         {"x-a", "2"},        {"Cookie", "a"},
                        {"cookie", "b"},      {"Host", "x"},       {"Host", "y"},
                        {"Set-Cookie", "a"},  {"Set-Cookie", "b"}, {"Content-Type", "1"},
                        {"Content-Type", "2"}};
  EXPECT_EQ(headers.get("x-a"), "1, 2");
  EXPECT_EQ(headers.get("cookie"), "a; b");
  EXPECT_EQ(headers.get("host"), "x");
  EXPECT_EQ(headers.get("content-type"), "1");
  EXPECT_EQ(headers.get_all("set-cookie"), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_EQ(headers.first("x-a"), "1");
}

TEST(Headers, JoinAllLinesIfEnabled) {
  Headers headers{{"Host", "x"}, {"Host", "y"}};
  headers.join_duplicates(true);
  EXPECT_EQ(headers.get("host"), "x, y");
}

TEST(Headers, SetTakesThePlaceOfTheFirst) {
  Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
  headers.set("a", "4");
  EXPECT_EQ(headers, (Headers{{"a", "4"}, {"B", "2"}}));
  headers.set("C", "5");
  EXPECT_EQ(headers[2], (Field{"C", "5"}));
}

TEST(Headers, AppendAddsAfterTheSameName) {
  Headers headers{{"A", "1"}, {"B", "2"}};
  headers.append("a", "3");
  headers.append("C", "4");
  EXPECT_EQ(headers, (Headers{{"A", "1"}, {"a", "3"}, {"B", "2"}, {"C", "4"}}));
}

TEST(Headers, RemoveTakesEveryLine) {
  Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
  EXPECT_TRUE(headers.remove("A"));
  EXPECT_FALSE(headers.remove("A"));
  EXPECT_EQ(headers, (Headers{{"B", "2"}}));
}

TEST(Headers, TakeViewsOfThemselves) {
  Headers headers{{"Name", "a value that is too long to be kept in place"}};
  for (int i = 0; i < 20; ++i) headers.push_back(headers[0].name, headers[0].value);
  EXPECT_EQ(headers[20], headers[0]);
}

TEST(Headers, NamesAndValuesAreChecked) {
  using test::thrown_by;
  const auto name = [](std::string_view text) {
    return thrown_by([text] { validate_header_name(text); });
  };
  const auto value = [](std::string_view text) {
    return thrown_by([text] { validate_header_value("a", text); });
  };
  EXPECT_FALSE(name("X-a_1!#$%&'*+.^`|~"));
  EXPECT_EQ(name("a b").message(), "Header name must be a valid HTTP token [\"a b\"]");
  EXPECT_EQ(name("").name(), "ERR_INVALID_HTTP_TOKEN");
  EXPECT_FALSE(value("\t\x20~\x80\xff"));
  EXPECT_EQ(value("\n").message(), "Invalid character in header content [\"a\"]");
  EXPECT_EQ(value("\x7f").name(), "ERR_INVALID_CHAR");
  EXPECT_EQ(value({}).message(), "Invalid value \"undefined\" for header \"a\"");
}

TEST(Status, HasNodesWords) {
  EXPECT_EQ(status_text(200), "OK");
  EXPECT_EQ(status_text(418), "I'm a Teapot");
  EXPECT_EQ(status_text(299), "unknown");
}

TEST(Date, IsWrittenAsHttpWants) {
  const auto cache = make_ref<DateCache>();
  EXPECT_EQ(cache->at(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(cache->at(784111778), "Sun, 06 Nov 1994 08:49:38 GMT");
}

}  // namespace
}  // namespace weir::http
