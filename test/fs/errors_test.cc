#include <weir/fs/errors.h>

#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

namespace weir::fs {
namespace {

TEST(FileErrorCodes, HaveNodesNamesAndClasses) {
  constexpr struct {
    Errc code;
    std::string_view name;
    std::string_view printed;
  } kCases[] = {
      {Errc::line_too_long, "ERR_LINE_TOO_LONG",
       "RangeError [ERR_LINE_TOO_LONG]: A line is too long"},
  };
  for (const auto& [code, name, printed] : kCases) {
    SCOPED_TRACE(name);
    const Error error = code;
    EXPECT_EQ(error.name(), name);
    EXPECT_EQ(std::string_view(error.what()), printed);
    EXPECT_TRUE(error == code);
    EXPECT_EQ(error.message(), error.code().message());
    EXPECT_STREQ(error.code().category().name(), "fs");
    EXPECT_EQ(Error(code, "own words").message(), "own words");
  }
}

TEST(FileErrorCodes, EqualNoCodeOfAnotherLayerWithTheSameNumber) {
  const auto first = static_cast<Errc>(1);
  EXPECT_FALSE(Error(first) == static_cast<weir::Errc>(1));
  EXPECT_FALSE(Error(static_cast<weir::Errc>(1)) == first);
  EXPECT_FALSE(Error(first) == std::errc::operation_not_permitted);
}

}  // namespace
}  // namespace weir::fs
