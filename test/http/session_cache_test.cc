#include "http/session_cache.h"

#include <gtest/gtest.h>

namespace weir::http {
namespace {

TEST(SessionCacheTest, KeepsTheNewestOfAPlace) {
  const auto cache = make_ref<SessionCache>(2);
  EXPECT_TRUE(cache->find("a").empty());
  cache->keep("a", Buffer::copy("1"));
  cache->keep("a", Buffer::copy("2"));
  EXPECT_EQ(cache->find("a").text(), "2");
  cache->drop("a");
  EXPECT_TRUE(cache->find("a").empty());
}

TEST(SessionCacheTest, TheOldestMakesRoom) {
  const auto cache = make_ref<SessionCache>(2);
  for (const std::string place : {"a", "b", "c"}) cache->keep(place, Buffer::copy(place));
  EXPECT_TRUE(cache->find("a").empty());
  EXPECT_EQ(cache->find("b").text(), "b");
  EXPECT_EQ(cache->find("c").text(), "c");
}

TEST(SessionCacheTest, OneOfNoneKeepsNone) {
  const auto cache = make_ref<SessionCache>(0);
  cache->keep("a", Buffer::copy("1"));
  EXPECT_TRUE(cache->find("a").empty());
}

}  // namespace
}  // namespace weir::http
