#include <weir/fs/errors.h>

#include "support/error_codes.h"

#include <span>

#include <gtest/gtest.h>

namespace weir::fs {
namespace {

TEST(FileErrorCodes, HaveNodesNamesAndClasses) {
  constexpr test::CodeWords<Errc> kCodes[] = {
      {Errc::line_too_long, "ERR_LINE_TOO_LONG",
       "RangeError [ERR_LINE_TOO_LONG]: A line is too long"},
  };
  test::expect_words("fs", std::span(kCodes));
}

TEST(FileErrorCodes, EqualNoCodeOfAnotherLayerWithTheSameNumber) {
  test::expect_own_numbers<Errc>();
}

}  // namespace
}  // namespace weir::fs
