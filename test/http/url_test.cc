#include "http/url.h"

#include "support/event_log.h"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

std::string shown(std::string_view url) {
  const http::RequestOptions options = http::parse_url(url);
  return fmt::format("{} {} {} {} {}", options.protocol, options.host,
                     options.port ? fmt::to_string(*options.port) : "-", options.path,
                     options.auth.empty() ? "-" : options.auth);
}

TEST(Url, HasProtocolHostPortPathAndUser) {
  EXPECT_EQ(shown("http://example.org"), "http: example.org - / -");
  EXPECT_EQ(shown("http://example.org?x"), "http: example.org - /?x -");
  EXPECT_EQ(shown("HTTP://Example.ORG:8080/A/b?c=d&e#f"), "http: example.org 8080 /A/b?c=d&e -");
  EXPECT_EQ(shown("https://u:p@[::1]:1/"), "https: ::1 1 / u:p");
  EXPECT_EQ(shown("http://a%40b:c%3Ad@h/"), "http: h - / a@b:c:d");
  EXPECT_EQ(shown("http://127.0.0.1:0/"), "http: 127.0.0.1 0 / -");
  EXPECT_EQ(shown("http://h/a//b/"), "http: h - /a//b/ -");
}

TEST(Url, LosesDotsAndSpacesAroundIt) {
  EXPECT_EQ(shown("http://h/a/../b/./c"), "http: h - /b/c -");
  EXPECT_EQ(shown("  http://h/ \n"), "http: h - / -");
}

TEST(Url, IsPercentEncodedWhereRfc3986HasNoPlaceForIt) {
  EXPECT_EQ(shown("http://h/a b?c d"), "http: h - /a%20b?c%20d -");
  EXPECT_EQ(shown("http://h/\xc3\xa9"), "http: h - /%C3%A9 -");
  EXPECT_EQ(shown("http://h/100%?b[c]=1"), "http: h - /100%25?b%5Bc%5D=1 -");
  EXPECT_EQ(shown("http://h/%2f%20"), "http: h - /%2F%20 -");
}

TEST(Url, ThatLeadsNowhereIsRefused) {
  for (const std::string_view url :
       {"", "/path", "example.org", "http:", "http://", "http:///x", "http://h:x/",
        "http://h:70000/", "http://[::1/", "http://a b/", "//h/", "http://[v1.a:b]/",
        "http://[fe80::1%25eth0]/", "http://h\r\nX:1/", "http://h%0d%0a/"}) {
    EXPECT_EQ(test::thrown_by([&] { http::parse_url(url); }).name(), "ERR_INVALID_URL") << url;
  }
}

// Node reads a backslash as a slash, other parsers do not: a check of the URL may have seen another
// host.
TEST(Url, WithABackslashBeforeItsPathIsRefused) {
  for (const std::string_view url : {"http://h\\@evil.example/", "http:\\\\h/", "http://h\\/"}) {
    EXPECT_EQ(test::thrown_by([&] { http::parse_url(url); }).name(), "ERR_INVALID_URL") << url;
  }
  EXPECT_EQ(shown("http://h/a\\b"), "http: h - /a%5Cb -");
}

}  // namespace
}  // namespace weir
