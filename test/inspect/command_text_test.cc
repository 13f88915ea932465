#include "inspect/command_text.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace weir::internal {
namespace {

std::string shown(const std::vector<std::string_view>& arguments) {
  std::string text;
  for (const std::string_view argument : arguments) text.append(argument).push_back('\0');
  return command_text(text);
}

TEST(CommandTextTest, ArgumentsAreSeparatedBySpaces) {
  EXPECT_EQ(shown({"weir", "cp", "a=b", "c@d", "x//y@z/e"}), "weir cp a=b c@d x//y@z/e");
  EXPECT_EQ(shown({"weir", "", "-"}), "weir  -");
  EXPECT_EQ(command_text(""), "");
  EXPECT_EQ(command_text("weir"), "weir");
}

TEST(CommandTextTest, AUrlIsShownWithoutItsPassword) {
  EXPECT_EQ(shown({"cp", "http://ann:s3cret@host/a@b", "-"}), "cp http://host/a@b -");
  EXPECT_EQ(shown({"--from=https://ann:s3@cr,et@host?x=y"}), "--from=https://host?x=y");
  EXPECT_EQ(shown({"nats://ann:s3cret@one,nats://ann:s3cret@two/S"}), "nats://one,nats://two/S");
  EXPECT_EQ(shown({"nats://s3cret@one,s3cret@two/S"}), "nats://two/S");
}

TEST(CommandTextTest, TheValueOfATokenIsNotShown) {
  EXPECT_EQ(shown({"--inspect-token", "s3cret", "out"}), "--inspect-token *** out");
  EXPECT_EQ(shown({"--inspect-token=s3&cret", "out"}), "--inspect-token=*** out");
  EXPECT_EQ(shown({"--PASSWORD", "http://s3cret@x"}), "--PASSWORD ***");
  EXPECT_EQ(shown({"http://host:1/?a=b&token=s3cret&c=d#e"}), "http://host:1/?a=b&token=***&c=d#e");
  EXPECT_EQ(shown({"token", "plain"}), "token plain");
  EXPECT_EQ(shown({"--token"}), "--token");
}

}  // namespace
}  // namespace weir::internal
