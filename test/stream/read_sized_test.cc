// read(), and how far ahead of it the source is asked.
#include "support/read_test.h"
#include <weir/stream/readable.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir {
namespace {

class ReadSizedTest : public test::ReadTest {
 protected:
  static std::string text(const std::optional<Chunk>& chunk) {
    return chunk ? std::string(chunk->text()) : "nothing";
  }
};

TEST_F(ReadSizedTest, WithoutASizeReadsTheNextChunk) {
  const auto stream = readable_silent();
  stream->push("ab");
  stream->push("c");
  stream->push("def");
  EXPECT_EQ(text(stream->read()), "ab");
  EXPECT_EQ(text(stream->read()), "c");
  EXPECT_EQ(text(stream->read()), "def");
  EXPECT_EQ(text(stream->read()), "nothing");
}

TEST_F(ReadSizedTest, CountsAReadOfTheSourceFromItsOwnStreamOnce) {
  bool reads_itself = false;
  const auto stream = Readable::make(ticks, {.read = [&](Readable& self, std::size_t) {
                                       if (!reads_itself) return;
                                       EXPECT_EQ(text(self.read(3)), "abc");
                                     }});
  stream->push("abcd");
  stream->read(0);
  stream->push("");  // the read is done
  reads_itself = true;
  EXPECT_EQ(text(stream->read()), "d");
  EXPECT_EQ(stream->readable_length(), 0u);
}

TEST_F(ReadSizedTest, WithoutASizeReadsAllTextThatIsBuffered) {
  const auto stream = readable_silent({.encoding = Encoding::utf8});
  stream->push("ab");
  stream->push("c");
  EXPECT_EQ(text(stream->read()), "abc");
}

TEST_F(ReadSizedTest, WithASizeReadsAcrossChunksOfText) {
  const auto stream = readable_silent({.encoding = Encoding::utf8});
  for (const char* const chunk : {"bcd", "efg", "hij"}) stream->push(chunk);
  EXPECT_EQ(text(stream->read(5)), "bcdef");
  EXPECT_EQ(text(stream->read(1)), "g");
  EXPECT_EQ(text(stream->read(3)), "hij");
}

TEST_F(ReadSizedTest, ReadsExactlyThatMuchOrNothing) {
  const auto stream = readable_silent();
  stream->push("abcdef");
  EXPECT_EQ(text(stream->read(2)), "ab");
  EXPECT_EQ(text(stream->read(10)), "nothing");
  EXPECT_EQ(stream->readable_length(), 4u);
  EXPECT_EQ(stream->readable_high_water_mark(), 16384u);
  EXPECT_EQ(text(stream->read(4)), "cdef");
}

TEST_F(ReadSizedTest, ReadsTheRestAtTheEnd) {
  const auto stream = readable();
  stream->push("cdef");
  stream->push(nullptr);
  EXPECT_EQ(text(stream->read(10)), "cdef");
  EXPECT_EQ(text(stream->read()), "nothing");
  EXPECT_EQ(after_ticks(), "end close");
}

TEST_F(ReadSizedTest, CutsAndJoinsChunksAtEverySize) {
  constexpr std::string_view kText = "abcdefghijklmnop";
  for (std::size_t piece = 1; piece <= 5; ++piece) {
    for (std::size_t size = 1; size <= kText.size(); ++size) {
      const auto stream = readable_silent();
      for (std::size_t at = 0; at < kText.size(); at += piece)
        stream->push(kText.substr(at, piece));
      stream->push(nullptr);
      for (std::size_t at = 0; at < kText.size(); at += size)
        ASSERT_EQ(text(stream->read(size)), kText.substr(at, size)) << piece << " " << size;
      ASSERT_EQ(text(stream->read(size)), "nothing");
    }
  }
}

TEST_F(ReadSizedTest, SharesTheMemoryOfAChunkThatItCuts) {
  const auto stream = readable_silent();
  const Buffer pushed = Buffer::copy("abcdef");
  stream->push(pushed);
  EXPECT_EQ(stream->read(2)->data(), pushed.data());
  EXPECT_EQ(stream->read()->data(), pushed.data() + 2);
}

TEST_F(ReadSizedTest, RaisesTheMarkForAReadOfMore) {
  const auto stream = readable({.high_water_mark = 4});
  EXPECT_EQ(text(stream->read(9)), "nothing");
  EXPECT_EQ(stream->readable_high_water_mark(), 16u);
  EXPECT_EQ(text(stream->read(16)), "nothing");
  EXPECT_EQ(stream->readable_high_water_mark(), 16u);
  EXPECT_EQ(now(), "_read");
}

TEST_F(ReadSizedTest, ThrowsForMoreThanAGibibyte) {
  const auto stream = readable();
  constexpr std::size_t kGibibyte = std::size_t{1} << 30;
  const Error error = test::thrown_by([&] { stream->read(kGibibyte + 1); });
  EXPECT_EQ(error.code(), Errc::out_of_range);
  EXPECT_EQ(error.message(),
            "The value of \"size\" is out of range. It must be <= 1GiB. Received 1073741825");
  EXPECT_EQ(stream->readable_high_water_mark(), 16384u);
  EXPECT_EQ(test::thrown_by([&] { stream->read(static_cast<std::size_t>(-1)); }).code(),
            Errc::out_of_range);
}

TEST_F(ReadSizedTest, AReadOfNoneAsksTheSourceOnce) {
  const auto stream = readable();
  EXPECT_EQ(text(stream->read(0)), "nothing");
  EXPECT_EQ(text(stream->read(0)), "nothing");
  EXPECT_EQ(now(), "_read");
}

TEST_F(ReadSizedTest, AReadEmitsItsResult) {
  const auto stream = readable_silent();
  stream->pause();
  log.listen_to_data(*stream);
  stream->push("abc");
  EXPECT_EQ(text(stream->read(1)), "a");
  EXPECT_EQ(text(stream->read()), "bc");
  EXPECT_EQ(now(), "_read data(a) data(bc)");
}

TEST_F(ReadSizedTest, ReturnsThePushOfTheSourceInsideTheRead) {
  const auto stream = readable_of({"ab", "cd"});
  EXPECT_EQ(text(stream->read(2)), "ab");
  EXPECT_EQ(text(stream->read()), "cd");
}

TEST_F(ReadSizedTest, ReadsAheadUpToTheMark) {
  const auto stream = readable_of({"ab", "cd", "ef", "gh"}, {.high_water_mark = 3});
  stream->read(0);
  EXPECT_EQ(now(), "_read");
  EXPECT_EQ(after_ticks(), "_read");
  EXPECT_EQ(stream->readable_length(), 4u);
  EXPECT_EQ(text(stream->read(2)), "ab");
  EXPECT_EQ(after_ticks(), "_read");
  EXPECT_EQ(stream->readable_length(), 4u);
}

TEST_F(ReadSizedTest, ReturnsBufferedDataAfterADestroyWithoutEmittingIt) {
  const auto stream = readable();
  stream->push("abc");
  stream->destroy();
  EXPECT_EQ(text(stream->read()), "abc");
  EXPECT_EQ(after_ticks(), "close");
}

}  // namespace
}  // namespace weir
