#include "http/request_path.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::http {
namespace {

// "a/b/ ?q": the path, a slash where it is a folder's, the query; or the status.
std::string parsed(std::string_view url) {
  const RequestPath path = parse_request_path(url);
  if (path.refusal) return fmt::to_string(*path.refusal);
  return fmt::format("{}{} {}", path.path, path.is_folder ? "/" : "", path.query);
}

TEST(RequestPathTest, IsThePathOfTheUrl) {
  EXPECT_EQ(parsed("/"), "/ ");
  EXPECT_EQ(parsed("/a/b"), "a/b ");
  EXPECT_EQ(parsed("/a/b/"), "a/b/ ");
  EXPECT_EQ(parsed("//a/.//b/./"), "a/b/ ");
  EXPECT_EQ(parsed("/a%20b%2ec"), "a b.c ");
  EXPECT_EQ(parsed("http://host/a"), "a ");
  EXPECT_EQ(parsed("http://host"), "/ ");
  EXPECT_EQ(parsed("*"), "/ ");
}

TEST(RequestPathTest, AQueryIsApart) {
  EXPECT_EQ(parsed("/a?b=c"), "a ?b=c");
  EXPECT_EQ(parsed("/a/?b/c?d"), "a/ ?b/c?d");
  EXPECT_EQ(parsed("/a?"), "a ?");
  EXPECT_EQ(parsed("/a?%zz/../"), "a ?%zz/../");
  EXPECT_EQ(parsed("http://host/a?b"), "a ?b");
  EXPECT_EQ(parsed("http://host?b=/../c"), "/ ?b=/../c");
  EXPECT_EQ(parsed("/a#b?c"), "a ");
}

TEST(RequestPathTest, RefusesInvalidNamesAndPathsThatLeadUp) {
  for (const char* const url : {"/%", "/%4", "/%zz", "/%-1", "/%+1", "/% 1", "/a%2Fb", "/a%00b"})
    EXPECT_EQ(parsed(url), "400") << url;
  EXPECT_EQ(parsed(std::string_view("/a\0b", 4)), "400");
  for (const char* const url : {"/..", "/a/..", "/a/../b", "/%2e%2E/a", "/.%2e", "http://host/.."})
    EXPECT_EQ(parsed(url), "403") << url;
  EXPECT_EQ(parsed("/..a/...%20"), "..a/...  ");
}

TEST(RequestPathTest, APrefixEndsWithAPart) {
  EXPECT_EQ(path_below("", "a/b"), "a/b");
  EXPECT_EQ(path_below("a", "a/b"), "b");
  EXPECT_EQ(path_below("a", "a"), "");
  EXPECT_EQ(path_below("a/b", "a/b/c/d"), "c/d");
  for (const char* const elsewhere : {"", "b", "ab", "ab/c", "A/b"})
    EXPECT_EQ(path_below("a", elsewhere), std::nullopt) << elsewhere;
}

TEST(RequestPathTest, AFoldersUrlIsEncoded) {
  EXPECT_EQ(folder_url(""), "/");
  EXPECT_EQ(folder_url("a b/\xc3\xa4?#%"), "/a%20b/%C3%A4%3F%23%25/");
  EXPECT_EQ(printable_url_part("?a=\xc3\xa4&%20 b\x7f"), "?a=%C3%A4&%20%20b%7F");
}

}  // namespace
}  // namespace weir::http
