#include "fs/rotated_names.h"

#include <optional>
#include <string_view>

#include <gtest/gtest.h>

namespace weir::fs {
namespace {

TEST(RotatedNamesTest, ANameIsReadAsItWasMade) {
  for (const std::uint64_t number :
       {1ull, 42ull, 999'999ull, 1'000'000ull, 18446744073709551615ull})
    for (const std::string_view suffix : {"", ".gz"}) {
      const auto parsed = parse_rotated(rotated_name("a.log", number, suffix), "a.log", ".gz");
      ASSERT_TRUE(parsed) << number;
      EXPECT_EQ(parsed->number, number);
      EXPECT_EQ(parsed->suffix, suffix);
    }
  EXPECT_EQ(rotated_name("a.log", 7, ".gz"), "a.log.000007.gz");
}

TEST(RotatedNamesTest, OtherFilesAreLeftAlone) {
  for (const std::string_view name :
       {"a.log", "a.log.", "a.log.1", "a.log.00001", "a.log.0000001", "a.log.000000",
        "a.log.000001.xz", "a.log.000001~", "a.log.-00001", "a.log.000001.gz.gz", "b.log.000001",
        "a.logx.000001", "a.log.99999999999999999999", "a.log.000001 ", ".a.log.000001"})
    EXPECT_FALSE(parse_rotated(name, "a.log", ".gz")) << name;
  EXPECT_FALSE(parse_rotated("a.log.000001.gz", "a.log", ""));
}

}  // namespace
}  // namespace weir::fs
