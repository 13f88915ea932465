#include "http/session_cache.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::http {
namespace {

PeerKey at(std::string host) {
  PeerKey peer;
  peer.host = std::move(host);
  return peer;
}

TEST(SessionCacheTest, KeepsTheNewestOfAPeer) {
  const auto cache = make_ref<SessionCache>(2);
  const PeerKey peer = at("a");
  EXPECT_TRUE(cache->find(peer).empty());
  cache->keep(peer, Buffer::copy("1"));
  cache->keep(peer, Buffer::copy("2"));
  EXPECT_EQ(cache->find(peer).text(), "2");
  cache->drop(peer);
  EXPECT_TRUE(cache->find(peer).empty());
}

TEST(SessionCacheTest, TheOldestMakesRoom) {
  const auto cache = make_ref<SessionCache>(2);
  for (const std::string host : {"a", "b", "c"}) cache->keep(at(host), Buffer::copy(host));
  EXPECT_TRUE(cache->find(at("a")).empty());
  EXPECT_EQ(cache->find(at("b")).text(), "b");
  EXPECT_EQ(cache->find(at("c")).text(), "c");
}

TEST(SessionCacheTest, OneOfNoneKeepsNone) {
  const auto cache = make_ref<SessionCache>(0);
  cache->keep(at("a"), Buffer::copy("1"));
  EXPECT_TRUE(cache->find(at("a")).empty());
}

// A key that differs in one field, also if the concatenated fields would be equal.
TEST(SessionCacheTest, ASessionIsForThePeerThatWasVerifiedAndNoOther) {
  const auto cache = make_ref<SessionCache>(10);
  const PeerKey peer{.host = "a",
                     .port = 1,
                     .local_address = "::1",
                     .family = net::Family::ipv6,
                     .socket_path = "",
                     .server_name = "a.example"};
  cache->keep(peer, Buffer::copy("1"));
  std::vector<PeerKey> others(7, peer);
  others[0].host = "a:1";
  others[1].port = 2;
  others[2].local_address = "::2";
  others[3].family = net::Family::any;
  others[4].socket_path = "/s";
  others[5].server_name = "b.example";
  others[6].socket_path = "a.example";
  others[6].server_name = "";
  for (const PeerKey& other : others) EXPECT_TRUE(cache->find(other).empty());
  EXPECT_EQ(cache->find(peer).text(), "1");
}

}  // namespace
}  // namespace weir::http
