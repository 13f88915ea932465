#include <weir/base/string_decoder.h>

#include <weir/base/error.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

// The expected values are the results of Node 26's StringDecoder.
namespace weir {
namespace {

using namespace std::literals;

std::string write(StringDecoder& decoder, std::string_view bytes) {
  return decoder.write(std::as_bytes(std::span(bytes)));
}

TEST(StringDecoder, DecodesAsNodeWhereverTheBytesAreSplit) {
  // For each split, from before the first byte to after the last: both writes and the end.
  const struct {
    std::string_view encoding;
    std::string_view hex;
    std::vector<std::string_view> expected;
  } cases[] = {
      {"utf8",
       "61c3a9e282acf09f98807a",
       {"|aé€😀z|", "a|é€😀z|", "a|é€😀z|", "aé|€😀z|", "aé|€😀z|", "aé|€😀z|", "aé€|😀z|",
        "aé€|😀z|", "aé€|😀z|", "aé€|😀z|", "aé€😀|z|", "aé€😀z||"}},
      {"utf8",
       "ff41e28241eda080c080f4908080f09f98",
       {"|\uFFFDA\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFD|A\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA|\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA|\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA|\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA\uFFFDA|\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA\uFFFDA|\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA\uFFFDA|\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA\uFFFDA\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA\uFFFDA\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD",
        "\uFFFDA\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD||\uFFFD",
        "\uFFFDA\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD||\uFFFD",
        "\uFFFDA\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD||\uFFFD",
        "\uFFFDA\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD||\uFFFD"}},
      {"utf16le",
       "6100e900ac203dd800de7a00",
       {"|aé€😀z|", "|aé€😀z|", "a|é€😀z|", "a|é€😀z|", "aé|€😀z|", "aé|€😀z|", "aé€|😀z|",
        "aé€|😀z|", "aé€|😀z|", "aé€|😀z|", "aé€😀|z|", "aé€😀|z|", "aé€😀z||"}},
      {"utf16le", "41003d", {"|A|", "|A|", "A||", "A||"}},
      {"base64",
       "61c3a9e282",
       {"|YcOp|4oI=", "|YcOp|4oI=", "|YcOp|4oI=", "YcOp||4oI=", "YcOp||4oI=", "YcOp||4oI="}},
      {"base64url", "fbfffe61", {"|-__-|YQ", "|-__-|YQ", "|-__-|YQ", "-__-||YQ", "-__-||YQ"}},
      {"hex", "0aff", {"|0aff|", "0a|ff|", "0aff||"}},
      {"latin1", "e9c37a", {"|éÃz|", "é|Ãz|", "éÃ|z|", "éÃz||"}},
      {"ascii", "e9c37a", {"|iCz|", "i|Cz|", "iC|z|", "iCz||"}},
  };
  for (const auto& [encoding, hex, expected] : cases) {
    const std::string bytes = decode(hex, Encoding::hex);
    ASSERT_EQ(expected.size(), bytes.size() + 1);
    for (std::size_t split = 0; split <= bytes.size(); ++split) {
      StringDecoder decoder(encoding);
      std::string got = write(decoder, bytes.substr(0, split)) + "|";
      got += write(decoder, bytes.substr(split)) + "|";
      got += decoder.end();
      EXPECT_EQ(got, expected[split]) << encoding << " of " << hex << " split at " << split;
    }
  }
}

TEST(StringDecoder, GivesTheSameTextByteByByte) {
  for (const char* encoding :
       {"utf8", "utf16le", "latin1", "ascii", "hex", "base64", "base64url"}) {
    const std::string bytes = decode("aé€😀z\uFFFD", encoding == "utf16le"sv ? "utf16le" : "utf8");
    StringDecoder whole(encoding);
    std::string expected = write(whole, bytes);
    expected += whole.end();
    StringDecoder decoder(encoding);
    std::string got;
    for (const char byte : bytes) got += write(decoder, {&byte, 1});
    got += decoder.end();
    EXPECT_EQ(got, expected) << encoding;
  }
}

TEST(StringDecoder, HoldsBackACharacterUntilItIsWhole) {
  StringDecoder decoder;
  EXPECT_EQ(write(decoder, "\xE2"), "");
  EXPECT_EQ(write(decoder, "\x82"), "");
  EXPECT_EQ(write(decoder, ""), "");
  EXPECT_EQ(write(decoder, "\xAC"), "€");
  EXPECT_EQ(decoder.end(), "");
}

TEST(StringDecoder, ReplacesAnIncompleteCharacterOnce) {
  StringDecoder decoder;
  EXPECT_EQ(write(decoder, "\xE2\x82"), "");
  EXPECT_EQ(decoder.end(), "\uFFFD");
  EXPECT_EQ(decoder.end(), "");
}

TEST(StringDecoder, ReplacesEachByteThatIsNoCharacter) {
  StringDecoder decoder;
  EXPECT_EQ(write(decoder, "\xFF\x41"), "\uFFFDA");
  EXPECT_EQ(write(decoder, "\xE2"), "");
  EXPECT_EQ(write(decoder, "\x41"), "\uFFFDA");
  EXPECT_EQ(write(decoder, "\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(decoder.end(), "");
  EXPECT_EQ(write(decoder, "\xC0\x80"), "\uFFFD\uFFFD");
  EXPECT_EQ(write(decoder, "\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(StringDecoder, IsAsNewAfterTheEnd) {
  for (const char* encoding : {"utf8", "utf16le", "base64"}) {
    StringDecoder decoder(encoding);
    write(decoder, "\xE2");
    decoder.end();
    StringDecoder fresh(encoding);
    EXPECT_EQ(write(decoder, "abcdef"), write(fresh, "abcdef")) << encoding;
  }
}

// Node returns the first half of a pair alone, which UTF-8 cannot represent.
TEST(StringDecoder, HoldsBackAPairOfSurrogatesUntilBothAreThere) {
  StringDecoder decoder("utf16le");
  EXPECT_EQ(write(decoder, "\x3D\xD8\x00"sv), "");
  EXPECT_EQ(write(decoder, "\xDE\x61\x00"sv), "😀a");
  EXPECT_EQ(write(decoder, "\x3D\xD8"), "");
  EXPECT_EQ(decoder.end(), "\uFFFD");
}

// As Node, which takes two first halves of pairs for one whole where the first of them was held.
TEST(StringDecoder, TakesTwoFirstHalvesForOnePair) {
  StringDecoder decoder("utf16le");
  EXPECT_EQ(write(decoder, "\x00\xDA"sv), "");
  EXPECT_EQ(write(decoder, "\x3D\xD8"sv), "\uFFFD\uFFFD");
}

TEST(StringDecoder, KnowsItsEncodingByItsOwnName) {
  EXPECT_EQ(StringDecoder("UCS-2").encoding(), Encoding::utf16le);
  EXPECT_EQ(StringDecoder().encoding(), Encoding::utf8);
  EXPECT_EQ(StringDecoder("binary").encoding(), Encoding::latin1);
}

TEST(StringDecoder, UnknownNameIsAnError) {
  try {
    StringDecoder("zz");
    FAIL() << "took an unknown name";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::unknown_encoding);
  }
}

}  // namespace
}  // namespace weir
