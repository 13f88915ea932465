#include <weir/base/encoding.h>

#include <weir/base/error.h>

#include <string>

#include <gtest/gtest.h>

// The expected values are the results of Node 26's Buffer.from(text, encoding) and
// buffer.toString(encoding).
namespace weir {
namespace {

using namespace std::literals;

std::string decoded_hex(std::string_view text, EncodingName encoding) {
  const std::string bytes = decode(text, encoding);
  return encode(std::as_bytes(std::span(bytes)), Encoding::hex);
}

std::string encoded(std::string_view bytes, EncodingName encoding = Encoding::utf8) {
  return encode(std::as_bytes(std::span(bytes)), encoding);
}

struct Case {
  const char* encoding;
  std::string_view from;
  std::string_view to;
};

TEST(Encoding, DecodesTextAsBufferFromDoes) {
  constexpr Case kCases[] = {
      {"utf8", "", ""},
      {"utf8", "é😀", "c3a9f09f9880"},
      {"utf8", "\xFF\xC3", "ffc3"},
      {"utf16le", "", ""},
      {"utf16le", "é", "e900"},
      {"utf16le", "é😀", "e9003dd800de"},
      {"utf16le", "\xFFz", "fdff7a00"},
      {"latin1", "é", "e9"},
      {"latin1", "é😀", "e93d00"},
      {"latin1", "ł", "42"},
      {"ascii", "é", "e9"},
      {"hex", "", ""},
      {"hex", "61ff", "61ff"},
      {"hex", "aBCd", "abcd"},
      {"hex", "616", "61"},
      {"hex", "61zz62", "61"},
      {"hex", "6z62", ""},
      {"hex", "é61", ""},
      {"hex", "šš", "aa"},
      {"base64", "", ""},
      {"base64", "YWI=", "6162"},
      {"base64", "YWI", "6162"},
      {"base64", "YW", "61"},
      {"base64", "Y", ""},
      {"base64", "YWIxZ", "616231"},
      {"base64", "YWJ", "6162"},
      {"base64", " Y W\r\nI\t=", "6162"},
      {"base64", "Y!!é!W", "61"},
      {"base64", "YWI====", "6162"},
      {"base64", "YWI=YWI=", "6162"},
      {"base64", "abc=d", "69b7"},
      {"base64", "=YWI=", ""},
      {"base64", "+/-_", "fbffbf"},
      {"base64", "ŗWI=", "5962"},
      {"base64url", "+/-_", "fbffbf"},
      {"base64url", "YWI=", "6162"},
  };
  for (const auto& [encoding, text, hex] : kCases)
    EXPECT_EQ(decoded_hex(text, encoding), hex) << encoding << " of '" << text << "'";
}

TEST(Encoding, EncodesBytesAsToStringDoes) {
  constexpr Case kCases[] = {
      {"utf8", "é😀", "é😀"},
      {"utf8", "\xEF\xBB\xBFz", "\xEF\xBB\xBFz"},
      {"utf16le", "\x3D\xD8\x00\xDE\xE9\x00"sv, "😀é"},
      {"utf16le", "a\0b"sv, "a"},
      {"utf16le", "\x00\xD8z\0"sv, "\uFFFDz"},
      {"utf16le", "\x00\xDC\x00\xD8"sv, "\uFFFD\uFFFD"},
      {"latin1", "\xFF\xC3\xA9z", "ÿÃ©z"},
      {"ascii", "\xFF\xC3\xA9z", "\x7F\x43)z"},
      {"hex", "\x00\x0Fz\xFF"sv, "000f7aff"},
      {"base64", "", ""},
      {"base64", "a", "YQ=="},
      {"base64", "ab", "YWI="},
      {"base64", "abc", "YWJj"},
      {"base64", "\xFB\xFF\xFE\xFF", "+//+/w=="},
      {"base64url", "\xFB\xFF\xFE\xFF", "-__-_w"},
      {"base64url", "ab", "YWI"},
  };
  for (const auto& [encoding, bytes, text] : kCases)
    EXPECT_EQ(encoded(bytes, encoding), text) << encoding << " giving '" << text << "'";
}

TEST(Encoding, ReplacesEachMaximalIllFormedSequenceOnce) {
  struct {
    std::string_view bytes;
    std::size_t replacements;
  } constexpr kCases[] = {
      {"\x80", 1},
      {"\xFF\xFE", 2},
      {"\xC0\x80", 2},          // overlong
      {"\xE0\x9F\xBF", 3},      // overlong
      {"\xF0\x8F\xBF\xBF", 4},  // overlong
      {"\xED\xA0\x80", 3},      // a surrogate
      {"\xF4\x90\x80\x80", 4},  // above U+10FFFF
      {"\xF5\x80\x80\x80", 4},
      {"\xC3", 1},
      {"\xE2\x82", 1},
      {"\xF0\x9F\x98", 1},
      {"\xE2\x82\xE2\x82", 2},
  };
  for (const auto& [bytes, replacements] : kCases) {
    std::string expected = "a";
    for (std::size_t i = 0; i < replacements; ++i) expected += "\uFFFD";
    const std::string surrounded = "a" + std::string(bytes) + "é";
    EXPECT_EQ(encoded(surrounded), expected + "é") << encoded(bytes, "hex");
    EXPECT_EQ(encoded(surrounded.substr(0, 1 + bytes.size())), expected) << encoded(bytes, "hex");
    EXPECT_EQ(utf16_length(surrounded), replacements + 2) << encoded(bytes, "hex");
  }
}

TEST(Encoding, GivesBackEveryByteThroughEachEncodingThatHasRoomForIt) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (const char* name : {"latin1", "hex", "base64", "base64url"})
    for (std::size_t size = 250; size <= bytes.size(); ++size)
      EXPECT_EQ(decode(encoded(bytes.substr(0, size), name), name), bytes.substr(0, size)) << name;
  EXPECT_EQ(encoded(bytes, Encoding::buffer), bytes);
  EXPECT_EQ(decode(bytes, Encoding::buffer), bytes);
}

TEST(Encoding, CountsUtf16UnitsAsNodeDoes) {
  EXPECT_EQ(utf16_length(""), 0u);
  EXPECT_EQ(utf16_length("abc"), 3u);
  EXPECT_EQ(utf16_length("aé€😀"), 5u);
}

TEST(Encoding, FindsWhereANumberOfUtf16UnitsEnds) {
  constexpr std::string_view kText = "aé€😀z";
  EXPECT_EQ(utf16_offset(kText, 0), 0u);
  EXPECT_EQ(utf16_offset(kText, 1), 1u);
  EXPECT_EQ(utf16_offset(kText, 2), 3u);
  EXPECT_EQ(utf16_offset(kText, 3), 6u);
  EXPECT_EQ(utf16_offset(kText, 4), 6u) << "before a pair that would be cut";
  EXPECT_EQ(utf16_offset(kText, 5), 10u);
  EXPECT_EQ(utf16_offset(kText, 6), 11u);
  EXPECT_EQ(utf16_offset(kText, 100), 11u);
  EXPECT_EQ(utf16_offset("", 1), 0u);
}

TEST(Encoding, IsFoundByEachOfItsNamesInAnyCase) {
  constexpr struct {
    std::string_view name;
    Encoding encoding;
  } kCases[] = {
      {"utf8", Encoding::utf8},       {"UTF-8", Encoding::utf8},
      {"ucs2", Encoding::utf16le},    {"Ucs-2", Encoding::utf16le},
      {"utf16LE", Encoding::utf16le}, {"utf-16le", Encoding::utf16le},
      {"latin1", Encoding::latin1},   {"BINARY", Encoding::latin1},
      {"ascii", Encoding::ascii},     {"Hex", Encoding::hex},
      {"base64", Encoding::base64},   {"base64URL", Encoding::base64url},
  };
  for (const auto& [name, encoding] : kCases) EXPECT_EQ(find_encoding(name), encoding) << name;
  for (const char* name : {"", "utf", "utf88", "utf8 ", "buffer", "utf16", "latin"})
    EXPECT_EQ(find_encoding(name), std::nullopt) << name;
}

TEST(Encoding, HasTheNameThatNodeGivesIt) {
  EXPECT_EQ(name_of(Encoding::buffer), "buffer");
  for (const char* name : {"utf8", "utf16le", "latin1", "ascii", "hex", "base64", "base64url"})
    EXPECT_EQ(name_of(EncodingName(name)), name);
}

TEST(Encoding, UnknownNameIsAnError) {
  try {
    EncodingName("nope");
    FAIL() << "took an unknown name";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "TypeError [ERR_UNKNOWN_ENCODING]: Unknown encoding: nope");
    EXPECT_EQ(error.code(), Errc::unknown_encoding);
  }
}

}  // namespace
}  // namespace weir
