// Text instead of bytes: set_encoding, the encoding option, lengths in characters.
#include "support/read_test.h"
#include <weir/stream/readable.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir {
namespace {

using namespace std::literals;

class ReadEncodingTest : public test::ReadTest {
 protected:
  void SetUp() override { logs_reads = false; }

  static std::string text(const std::optional<Chunk>& chunk) {
    return chunk ? std::string(chunk->text()) : "nothing";
  }
};

TEST_F(ReadEncodingTest, ChunksAreBytesWithoutOne) {
  const auto stream = readable();
  EXPECT_EQ(stream->readable_encoding(), std::nullopt);
  stream->push("é");
  EXPECT_EQ(stream->readable_length(), 2u);
  EXPECT_EQ(stream->read()->encoding, Encoding::buffer);
}

TEST_F(ReadEncodingTest, ChunksAreTextWithOne) {
  const auto stream = readable({.encoding = Encoding::utf8});
  EXPECT_EQ(stream->readable_encoding(), Encoding::utf8);
  stream->push("é");
  EXPECT_EQ(stream->readable_length(), 1u);
  EXPECT_EQ(stream->read()->encoding, Encoding::utf8);
}

TEST_F(ReadEncodingTest, ACharacterThatIsSplitBetweenChunksComesWhole) {
  const auto bytes = "é€"sv;
  const auto stream = readable();
  stream->set_encoding("utf8");
  log.listen_to_data(*stream);
  stream->push(Buffer::copy(bytes.substr(0, 1)));
  stream->push(Buffer::copy(bytes.substr(1, 2)));
  stream->push(Buffer::copy(bytes.substr(3, 1)));
  stream->push(nullptr);
  EXPECT_EQ(after_ticks(), "resume data(utf8:é) data(utf8:\uFFFD) end close");
}

TEST_F(ReadEncodingTest, TheTextIsTheSameWhereverTheBytesAreSplit) {
  const auto bytes = "aé€😀z"sv;
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    for (std::size_t second = first; second <= bytes.size(); ++second) {
      const auto stream = readable_silent({.encoding = Encoding::utf8});
      std::string seen;
      stream->on<Data>([&](const Data& data) { seen += data.chunk.text(); });
      stream->push(Buffer::copy(bytes.substr(0, first)));
      stream->push(Buffer::copy(bytes.substr(first, second - first)));
      stream->push(Buffer::copy(bytes.substr(second)));
      stream->push(nullptr);
      ticks.drain();
      EXPECT_EQ(seen, bytes) << first << " " << second;
    }
  }
}

TEST_F(ReadEncodingTest, Base64ComesInGroupsOfThreeBytes) {
  const auto stream = readable({.encoding = "base64"});
  log.listen_to_data(*stream);
  stream->push("abcd");
  stream->push("e");
  stream->push(nullptr);
  EXPECT_EQ(after_ticks(), "resume data(utf8:YWJj) data(utf8:ZGU=) end close");
}

TEST_F(ReadEncodingTest, BufferedDataIsDecodedWhenTheEncodingIsSet) {
  const auto stream = readable();
  stream->push("a");
  stream->push("b");
  EXPECT_EQ(stream->readable_length(), 2u);
  EXPECT_EQ(&stream->set_encoding("hex"), stream.get());
  EXPECT_EQ(stream->readable_length(), 4u);
  EXPECT_EQ(text(stream->read(1)), "6");
  EXPECT_EQ(text(stream->read()), "162");
}

TEST_F(ReadEncodingTest, ReadsAndCountsCharacters) {
  const auto stream = readable({.encoding = Encoding::utf8});
  stream->push("é€abc");
  EXPECT_EQ(stream->readable_length(), 5u);
  EXPECT_EQ(text(stream->read(2)), "é€");
  EXPECT_EQ(stream->readable_length(), 3u);
  EXPECT_EQ(text(stream->read()), "abc");
}

TEST_F(ReadEncodingTest, ACharacterOutsideTheBasicPlaneCountsTwo) {
  const auto stream = readable({.encoding = Encoding::utf8});
  stream->push("😀a");
  EXPECT_EQ(stream->readable_length(), 3u);
  EXPECT_EQ(text(stream->read(2)), "😀");
}

TEST_F(ReadEncodingTest, TextInTheStreamsEncodingIsNotDecodedAgain) {
  const auto stream = readable({.encoding = "hex"});
  stream->push("6", "hex");
  EXPECT_EQ(text(stream->read()), "6");
  stream->push("a");
  EXPECT_EQ(text(stream->read()), "61");
}

TEST_F(ReadEncodingTest, UnshiftedTextIsInTheStreamsEncoding) {
  const auto stream = readable({.encoding = "hex"});
  stream->push("b");
  stream->unshift("a");
  EXPECT_EQ(text(stream->read()), "6162");
}

TEST_F(ReadEncodingTest, AnIncompleteCharacterIsReplacedBeforeTheEnd) {
  const auto stream = readable({.encoding = Encoding::utf8});
  stream->push(Buffer::copy("\xE2\x82"));
  EXPECT_EQ(stream->readable_length(), 0u);
  stream->push(nullptr);
  EXPECT_EQ(text(stream->read()), "\uFFFD");
  EXPECT_EQ(after_ticks(), "end close");
}

TEST_F(ReadEncodingTest, SetAfterTheEndItLosesNoIncompleteCharacter) {
  const auto stream = readable();
  stream->push(Buffer::copy("ab\xE2\x82"));
  stream->push(nullptr);
  stream->set_encoding(Encoding::utf8);
  EXPECT_EQ(stream->readable_length(), 3u);
  EXPECT_EQ(text(stream->read()), "ab\uFFFD");
  EXPECT_EQ(after_ticks(), "end close");
}

TEST_F(ReadEncodingTest, SetInsideAReadItDecodesThePushesOfThatRead) {
  int reads = 0;
  const auto stream = Readable::make(ticks, {.read = [&](Readable& self, std::size_t) {
                                       if (++reads == 1) return void(self.push("a"));
                                       if (reads == 4) return void(self.push(nullptr));
                                       if (reads == 2) self.set_encoding(Encoding::utf8);
                                       self.push(Buffer::copy(reads == 2 ? "\xE2\x82" : "\xAC"));
                                     }});
  log.listen_to_data(*stream);
  EXPECT_EQ(after_ticks(), "data(a) data(utf8:€)");
}

}  // namespace
}  // namespace weir
