// support/error_codes.h - the common checks of all layers' error codes.
//
//   TEST(NetErrorCodes, HaveNodesNamesAndClasses) {
//     constexpr test::CodeWords<Errc> kCodes[] = {
//         {Errc::socket_closed, "ERR_SOCKET_CLOSED", "Error [ERR_SOCKET_CLOSED]: Socket is
//         closed"}};
//     test::expect_words("net", std::span(kCodes));
//   }
//   TEST(NetErrorCodes, EqualNoCodeOfAnotherLayerWithTheSameNumber) {
//     test::expect_own_numbers<Errc>();
//   }
#pragma once

#include <weir/base/error.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

namespace weir::test {

template <class Code>
struct CodeWords {
  Code code;
  std::string_view name;
  std::string_view printed;
};

template <class Code, std::size_t Count>
void expect_words(const char* layer, std::span<const CodeWords<Code>, Count> codes) {
  for (const auto& [code, name, printed] : codes) {
    SCOPED_TRACE(name);
    const Error error = code;
    EXPECT_EQ(error.name(), name);
    EXPECT_EQ(std::string_view(error.what()), printed);
    EXPECT_TRUE(error == code);
    EXPECT_EQ(error.message(), error.code().message());
    EXPECT_STREQ(error.code().category().name(), layer);
    EXPECT_EQ(Error(code, "own words").message(), "own words");
  }
}

template <class Code>
void expect_own_numbers() {
  const auto first = static_cast<Code>(1);
  EXPECT_FALSE(Error(first) == static_cast<Errc>(1));
  EXPECT_FALSE(Error(static_cast<Errc>(1)) == first);
  EXPECT_FALSE(Error(first) == std::errc::operation_not_permitted);
}

}  // namespace weir::test
