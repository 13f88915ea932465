#include <weir/net/tls_certificate.h>

#include "support/event_log.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace weir::tls {
namespace {

std::string checked(std::string_view host, const Certificate& certificate) {
  const Error error = check_server_identity(host, certificate);
  if (!error) return "ok";
  EXPECT_EQ(error.name(), "ERR_TLS_CERT_ALTNAME_INVALID");
  constexpr std::string_view kBegin = "Hostname/IP does not match certificate's altnames: ";
  EXPECT_TRUE(error.message().starts_with(kBegin));
  return std::string(error.message().substr(kBegin.size()));
}

bool is_for(std::string_view host, std::string name) {
  Certificate certificate;
  certificate.dns_names = {std::move(name)};
  return checked(host, certificate) == "ok";
}

TEST(CheckServerIdentityTest, AHostsNameHasNoCase) {
  EXPECT_TRUE(is_for("a.com", "A.com"));
  EXPECT_TRUE(is_for("A.COM", "a.com"));
  EXPECT_TRUE(is_for("a.com.", "a.com"));
  EXPECT_TRUE(is_for("a.com", "a.com."));
  EXPECT_FALSE(is_for("a.com", "b.com"));
  EXPECT_FALSE(is_for("a.com", "a.co"));
  EXPECT_FALSE(is_for("a.com", ""));
}

TEST(CheckServerIdentityTest, AStarStandsForAPartOfTheFirstLabelAlone) {
  EXPECT_TRUE(is_for("b.a.com", "*.a.com"));
  EXPECT_TRUE(is_for("bad.a.com", "b*.a.com"));
  EXPECT_TRUE(is_for("bad.a.com", "*d.a.com"));
  EXPECT_TRUE(is_for("bad.a.com", "b*d.a.com"));
  EXPECT_FALSE(is_for("a.com", "*.a.com"));
  EXPECT_FALSE(is_for("c.b.a.com", "*.a.com"));
  EXPECT_FALSE(is_for("b.a.com", "b.*.com"));
  EXPECT_FALSE(is_for("bd.a.com", "b*bd.a.com"));
  EXPECT_FALSE(is_for("b.a.com", "*b*.a.com"));
  EXPECT_FALSE(is_for("a.com", "*.com"));
  EXPECT_FALSE(is_for("a.b", "*.b"));
  EXPECT_FALSE(is_for("xn--b.a.com", "xn--*.a.com"));
}

TEST(CheckServerIdentityTest, AnInvalidHostNameDoesNotMatch) {
  EXPECT_FALSE(is_for("bad..com", "bad..com"));
  EXPECT_FALSE(is_for("a b.com", "a b.com"));
  EXPECT_FALSE(is_for("b\xc3\xa9.com", "b\xc3\xa9.com"));
}

TEST(CheckServerIdentityTest, AnAddressIsAmongTheAddressesOrNot) {
  Certificate certificate;
  certificate.subject = {{"CN", "8.8.8.8"}};
  certificate.dns_names = {"8.8.4.4"};
  certificate.ip_addresses = {"8.8.8.9", "::1"};
  EXPECT_EQ(checked("8.8.8.9", certificate), "ok");
  EXPECT_EQ(checked("0:0:0:0:0:0:0:1", certificate), "ok");
  EXPECT_EQ(checked("8.8.8.8", certificate), "IP: 8.8.8.8 is not in the cert's list: 8.8.8.9, ::1");
  EXPECT_EQ(checked("8.8.4.4", certificate), "IP: 8.8.4.4 is not in the cert's list: 8.8.8.9, ::1");
}

TEST(CheckServerIdentityTest, TheCommonNameCountsWhereThereIsNoOtherHost) {
  Certificate certificate;
  certificate.subject = {{"C", "DE"}, {"CN", "a.com"}};
  EXPECT_EQ(checked("a.com", certificate), "ok");
  EXPECT_EQ(checked("b.com", certificate), "Host: b.com. is not cert's CN: a.com");
  certificate.dns_names = {"b.com"};
  certificate.subjectaltname = "DNS:b.com";
  EXPECT_EQ(checked("a.com", certificate), "Host: a.com. is not in the cert's altnames: DNS:b.com");
}

TEST(CheckServerIdentityTest, WithoutANameNoHostIsMeant) {
  EXPECT_EQ(checked("a.com", Certificate()), "Cert does not contain a DNS name");
}

}  // namespace
}  // namespace weir::tls
