#include "http/byte_range.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::http {
namespace {

struct RangeVector {
  const char* section;  // of RFC 9110
  const char* range;
  std::uint64_t size;
  const char* wanted;  // "whole", "416", or the first and the last byte
};

constexpr RangeVector kVectors[] = {
    // Positions.
    {"14.1.2", "bytes=0-499", 10'000, "0-499"},
    {"14.1.2", "bytes=500-999", 10'000, "500-999"},
    {"14.1.2", "bytes=9500-", 10'000, "9500-9999"},
    {"14.1.2", "bytes=0-0", 10, "0-0"},
    {"14.1.2", "bytes=9-9", 10, "9-9"},
    {"14.1.2", "bytes=000-004", 10, "0-4"},
    {"14.1.2, a last position beyond the end is the end", "bytes=5-10", 10, "5-9"},
    {"14.1.2", "bytes=5-18446744073709551616", 10, "5-9"},
    {"14.1.2", "bytes=5-99999999999999999999999999999999", 10, "5-9"},
    {"14.1.2, a first position beyond the end", "bytes=10-", 10, "416"},
    {"14.1.2", "bytes=10-20", 10, "416"},
    {"14.1.2", "bytes=9223372036854775808-", 10, "416"},
    {"14.1.2", "bytes=18446744073709551615-", 10, "416"},
    {"14.1.2", "bytes=18446744073709551616-", 10, "416"},
    {"14.1.2", "bytes=99999999999999999999-", 10, "416"},
    {"14.1.2", "bytes=99999999999999999998-99999999999999999999", 10, "416"},
    {"14.1.1, a last position before the first is invalid", "bytes=5-4", 10, "whole"},
    {"14.1.1", "bytes=99999999999999999999-5", 10, "whole"},
    {"14.1.1", "bytes=99999999999999999999-99999999999999999998", 10, "whole"},
    {"14.1.1", "bytes=00010-9", 100, "whole"},
    // Suffixes.
    {"14.1.2", "bytes=-500", 10'000, "9500-9999"},
    {"14.1.2, a suffix longer than the file is the file", "bytes=-11", 10, "0-9"},
    {"14.1.2", "bytes=-10", 10, "0-9"},
    {"14.1.2", "bytes=-18446744073709551616", 10, "0-9"},
    {"14.1.2", "bytes=-99999999999999999999999999999999", 10, "0-9"},
    {"14.1.2, a suffix of nothing", "bytes=-0", 10, "416"},
    {"14.1.2", "bytes=-000", 10, "416"},
    // An empty file has no part that a Content-Range can name.
    {"14.2", "bytes=0-", 0, "whole"},
    {"14.2", "bytes=0-0", 0, "whole"},
    {"14.2", "bytes=5-9", 0, "whole"},
    {"14.2", "bytes=-1", 0, "whole"},
    {"14.2", "bytes=-0", 0, "whole"},
    {"14.2", "bytes=99999999999999999999-", 0, "whole"},
    // The unit.
    {"14.1, the unit has no case", "Bytes=2-4", 10, "2-4"},
    {"14.1", "BYTES=2-4", 10, "2-4"},
    {"14.1", "bYtEs=-1", 10, "9-9"},
    {"14.2, an unknown unit is ignored", "lines=2-4", 10, "whole"},
    {"14.2", "byte=2-4", 10, "whole"},
    {"14.2", "bytesx=2-4", 10, "whole"},
    {"14.2", "=2-4", 10, "whole"},
    // Lists.
    {"5.6.1.2, elements may be empty", "bytes=2-4,", 10, "2-4"},
    {"5.6.1.2", "bytes=,2-4", 10, "2-4"},
    {"5.6.1.2", "bytes= , ,\t2-4\t, ", 10, "2-4"},
    {"5.6.1.2", "bytes=,", 10, "whole"},
    {"14.2, several ranges are ignored", "bytes=0-1,5-6", 10, "whole"},
    {"14.2", "bytes=0-1, 5-6", 10, "whole"},
    {"14.2", "bytes=0-1,99-", 10, "whole"},
    {"14.2", "bytes=99-,-0", 10, "whole"},
    {"14.2", "bytes=0-1,nonsense", 10, "whole"},
    // White space where the grammar has none.
    {"14.1.1", "bytes = 2-4", 10, "whole"},
    {"14.1.1", "bytes =2-4", 10, "whole"},
    {"14.1.1", "bytes= 2-4", 10, "whole"},
    {"14.1.1", "bytes= 2-4,", 10, "whole"},
    {"14.1.1", "bytes=2 -4", 10, "whole"},
    {"14.1.1", "bytes=2- 4", 10, "whole"},
    {"14.1.1", "bytes=- 4", 10, "whole"},
    // No ranges.
    {"14.1.1", "", 10, "whole"},
    {"14.1.1", "bytes", 10, "whole"},
    {"14.1.1", "bytes=", 10, "whole"},
    {"14.1.1", "bytes=-", 10, "whole"},
    {"14.1.1", "bytes=4", 10, "whole"},
    {"14.1.1", "bytes=a-b", 10, "whole"},
    {"14.1.1", "bytes=2-b", 10, "whole"},
    {"14.1.1", "bytes=--4", 10, "whole"},
    {"14.1.1", "bytes=2--4", 10, "whole"},
    {"14.1.1", "bytes=2-4-6", 10, "whole"},
    {"14.1.1", "bytes=+2-4", 10, "whole"},
    {"14.1.1", "bytes=0x2-4", 10, "whole"},
    {"14.1.1", "bytes=2.0-4", 10, "whole"},
    {"14.1.1", "bytes==2-4", 10, "whole"},
    {"14.1.1", "bytes=2-4;q=1", 10, "whole"},
    // The largest file.
    {"14.1.2", "bytes=9223372036854775806-", 9'223'372'036'854'775'807U,
     "9223372036854775806-9223372036854775806"},
};

std::string text_of_part(const WantedPart& part) {
  switch (part.kind) {
    case WantedPart::Kind::whole:
      return "whole";
    case WantedPart::Kind::unsatisfiable:
      return "416";
    case WantedPart::Kind::part:
      return fmt::format("{}-{}", part.range.first, part.range.last);
  }
  return "?";
}

TEST(ByteRangeTest, RangesAreThoseOfTheStandard) {
  for (const auto& [section, range, size, wanted] : kVectors)
    EXPECT_EQ(text_of_part(wanted_part(range, size)), wanted)
        << "RFC 9110, " << section << ": '" << range << "' of " << size;
}

}  // namespace
}  // namespace weir::http
