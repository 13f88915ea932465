#include <weir/net/address.h>

#include <gtest/gtest.h>

namespace weir::net {
namespace {

TEST(AddressTest, DistinguishesAddressesFromNames) {
  EXPECT_EQ(is_ip("127.0.0.1"), 4);
  EXPECT_EQ(is_ip("::1"), 6);
  EXPECT_EQ(is_ip("fe80::1%eth0"), 6);
  EXPECT_EQ(is_ip("x"), 0);
  EXPECT_EQ(is_ip("1.2.3"), 0);
  EXPECT_EQ(is_ip("1.2.3.4%eth0"), 0);
  EXPECT_EQ(is_ip(std::string(100, '1')), 0);
  EXPECT_TRUE(is_ipv4("1.2.3.4"));
  EXPECT_TRUE(is_ipv6("::"));
}

TEST(AddressTest, PrintsAsInAUrl) {
  EXPECT_EQ(to_string(Address{"127.0.0.1", Family::ipv4, 80}), "127.0.0.1:80");
  EXPECT_EQ(to_string(Address{"::1", Family::ipv6, 80}), "[::1]:80");
  EXPECT_EQ(to_string(Address{"/run/x.sock", Family::unix_path}), "/run/x.sock");
  EXPECT_EQ(to_string(Family::ipv6), "IPv6");
}

}  // namespace
}  // namespace weir::net
