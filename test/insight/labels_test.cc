#include "insight/labels.h"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::insight {
namespace {

std::string split(std::string_view description) {
  const Label label = label_of(description);
  return fmt::format("{}|{}", label.kind, label.name);
}

TEST(LabelsTest, ADescriptionIsAClassAndAName) {
  EXPECT_EQ(split("WriteStream '/tmp/a b'"), "WriteStream|/tmp/a b");
  EXPECT_EQ(split("WriteStream ''"), "WriteStream|");
  EXPECT_EQ(split("net::Socket to 127.0.0.1:80"), "net::Socket|127.0.0.1:80");
  EXPECT_EQ(split("OutputStream of descriptor 1"), "OutputStream|descriptor 1");
  EXPECT_EQ(split("IncomingMessage GET /a"), "IncomingMessage|GET /a");
  EXPECT_EQ(split("a Writable"), "Writable|");
  EXPECT_EQ(split("an http::Server"), "http::Server|");
  EXPECT_EQ(split(""), "|");
}

}  // namespace
}  // namespace weir::insight
