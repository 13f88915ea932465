#include "support/stream_test.h"
#include <weir/stream/reservation.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

namespace weir {
namespace {

using namespace std::string_view_literals;

class WriteAllTest : public test::StreamTest {
 protected:
  static constexpr SinkTraits kBatches = {.write = true, .writev = true};
  static constexpr SinkTraits kMerging = {
      .writev = true, .delivery = Delivery::until_tick, .merges = true};

  // The bytes live as long as the test.
  static std::vector<ByteSpan> parts(std::vector<std::string_view> texts) {
    std::vector<ByteSpan> spans;
    for (const std::string_view text : texts) spans.emplace_back(std::as_bytes(std::span(text)));
    return spans;
  }
};

TEST_F(WriteAllTest, IsOneBatchWithOneCallback) {
  auto stream = make(kBatches);
  EXPECT_TRUE(stream->write_all(parts({"head", "body", "tail"}), cb("cb")));
  EXPECT_EQ(now(), "_writev(head,body,tail)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "cb");
}

TEST_F(WriteAllTest, TakesBuffersWithoutACopy) {
  sink.keep_chunks();
  auto stream = make(kBatches);
  const std::array buffers = {Buffer::copy("one"), Buffer::copy("two")};
  EXPECT_TRUE(stream->write_all(buffers));
  EXPECT_EQ(now(), "_writev(one,two)");
  EXPECT_EQ(sink.chunks()[0].data(), buffers[0].data());
  EXPECT_EQ(sink.chunks()[1].data(), buffers[1].data());
}

TEST_F(WriteAllTest, AnswersForAllParts) {
  auto stream = make(kBatches, {.high_water_mark = 6});
  EXPECT_TRUE(stream->write_all(parts({"ab", "cd", "e"})));
  EXPECT_FALSE(stream->write_all(parts({"f", ""})));
  sink.complete();
  sink.complete();
  EXPECT_THAT(after_ticks(), testing::EndsWith("drain"));
}

TEST_F(WriteAllTest, IsNotDividedByTheMark) {
  for (const SinkTraits& traits : {kBatches, kMerging}) {
    const auto stream = make_silent(traits, {.high_water_mark = 4});
    EXPECT_FALSE(stream->write_all(parts({"abc", "def", "ghi"})));
    EXPECT_EQ(now(), traits.merges ? "_writev(abcdefghi)" : "_writev(abc,def,ghi)");
    EXPECT_TRUE(stream->writable_need_drain());
    sink.complete();
    EXPECT_FALSE(stream->writable_need_drain());
  }
}

TEST_F(WriteAllTest, FollowsTheWriteThatTheSinkHas) {
  auto stream = make(kBatches);
  stream->write("first");
  stream->write_all(parts({"a", "b"}));
  EXPECT_EQ(now(), "_write(first)");
  sink.complete();
  EXPECT_EQ(now(), "_writev(a,b)");
}

TEST_F(WriteAllTest, IsMergedWithItsNeighbours) {
  auto stream = make(kMerging);
  stream->write("0");
  EXPECT_TRUE(stream->write_all(parts({"a", "b"}), cb("cb")));
  stream->write("1");
  EXPECT_EQ(after_ticks(), "_writev(0ab1)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "cb");
}

TEST_F(WriteAllTest, WaitsForTheCorkThatIsThere) {
  auto stream = make(kBatches);
  stream->cork();
  stream->write_all(parts({"a", "b"}));
  EXPECT_EQ(stream->writable_corked(), 1u);
  EXPECT_EQ(after_ticks(), "");
  stream->uncork();
  EXPECT_EQ(now(), "_writev(a,b)");
}

TEST_F(WriteAllTest, WithoutWritevIsOneWriteAfterTheOther) {
  auto stream = make();
  stream->write_all(parts({"a", "b"}), cb("cb"));
  EXPECT_EQ(now(), "_write(a)");
  sink.complete();
  EXPECT_EQ(now(), "_write(b)");
  sink.complete();
  EXPECT_EQ(after_ticks(), "cb");
}

TEST_F(WriteAllTest, OfOnePartIsAWriteAndOfNoneIsNone) {
  auto stream = make(kBatches);
  stream->write_all(parts({"a"}));
  EXPECT_EQ(now(), "_write(a)");
  sink.complete();
  EXPECT_TRUE(stream->write_all(parts({})));
  EXPECT_EQ(after_ticks(), "");
  sink.automatic = true;
  EXPECT_TRUE(stream->write_all(parts({}), cb("cb")));
  EXPECT_EQ(after_ticks(), "_write cb");
}

TEST_F(WriteAllTest, IsRefusedAsAWhole) {
  auto stream = make(kBatches);
  sink.automatic = true;
  stream->end();
  EXPECT_FALSE(stream->write_all(parts({"a", "b"}), cb("cb")));
  EXPECT_THAT(after_ticks(), testing::HasSubstr("cb(ERR_STREAM_WRITE_AFTER_END) "
                                                "error(ERR_STREAM_WRITE_AFTER_END)"));
  EXPECT_EQ(stream->writable_corked(), 0u);
  auto gone = make(kBatches);
  gone->destroy();
  EXPECT_FALSE(gone->write_all(parts({"a", "b"}), cb("cb2")));
  EXPECT_FALSE(gone->write_all(parts({})));
  EXPECT_EQ(after_ticks(), "close cb2(ERR_STREAM_DESTROYED)");
}

TEST_F(WriteAllTest, BeyondMaxBufferedIsRefusedAsAWhole) {
  for (const SinkTraits& traits : {kBatches, kMerging}) {
    const auto stream = make_silent(traits, {.high_water_mark = 4, .max_buffered = 8});
    EXPECT_TRUE(stream->write("ab"));
    EXPECT_FALSE(stream->write_all(parts({"cde", "fghi"})));
    EXPECT_EQ(stream->writable_length(), 2u);
    EXPECT_FALSE(stream->write_all(parts({"cde", "fgh"})));
    EXPECT_EQ(stream->writable_length(), 8u);
    EXPECT_FALSE(stream->reserve(4).commit(1));
    EXPECT_EQ(stream->writable_length(), 8u);
  }
}

TEST_F(WriteAllTest, FailsWithTheSinksError) {
  auto stream = make(kBatches);
  stream->write_all(parts({"a", "b"}), cb("cb"));
  sink.complete_with(Error("no"));
  EXPECT_EQ(after_ticks(), "_writev(a,b) cb(no) error(no) close");
}

// --- Strings that are moved ---

class WriteStringTest : public test::StreamTest {
 protected:
  static std::string of(std::size_t size) { return std::string(size, 's'); }
};

TEST_F(WriteStringTest, AboveTheLargestCopyItsMemoryIsTheChunk) {
  sink.keep_chunks();
  sink.automatic = true;
  for (const std::size_t size : {1025, 4096, 4097, 100'000}) {
    auto stream = make({.write = true}, {.high_water_mark = 1 << 20});
    std::string text = of(size);
    const char* const place = text.data();
    stream->write(std::move(text));
    EXPECT_EQ(sink.chunks().back().text().data(), place);
    std::string last = of(size);
    const char* const last_place = last.data();
    stream->end(std::move(last));
    EXPECT_EQ(sink.chunks().back().text().data(), last_place);
    ticks.drain();
  }
}

TEST_F(WriteStringTest, UpToTheLargestCopyItIsCopied) {
  sink.keep_chunks();
  auto stream = make();
  std::string text = of(Writable::kLargestCopiedText);
  const char* const place = text.data();
  stream->write(std::move(text));
  EXPECT_NE(sink.chunks().back().text().data(), place);
  EXPECT_EQ(sink.chunks().back().size(), Writable::kLargestCopiedText);
}

TEST_F(WriteStringTest, IsMergedWhereWritesOfItsSizeAre) {
  constexpr SinkTraits kMerging = {
      .writev = true, .delivery = Delivery::until_tick, .merges = true};
  sink.keep_chunks();
  auto stream = make(kMerging, {.high_water_mark = 1 << 20});
  std::vector<const char*> places;
  for (const std::size_t size : {1025, 4096, 4097}) {
    std::string text = of(size);
    places.push_back(text.data());
    stream->write(std::move(text));
  }
  ticks.drain();
  for (const Chunk& chunk : sink.chunks())
    EXPECT_EQ(chunk.text().data() == places.back(), chunk.size() == 4097);
}

TEST_F(WriteStringTest, ThatIsNotMovedIsUnchanged) {
  sink.keep_chunks();
  auto stream = make({.write = true}, {.high_water_mark = 1 << 20});
  const std::string text = of(10'000);
  std::string other = of(10'000);
  stream->write(text);
  sink.complete();
  stream->write(other);
  EXPECT_EQ(text, of(10'000));
  EXPECT_EQ(other, of(10'000));
  EXPECT_EQ(sink.chunks().size(), 2u);
}

TEST_F(WriteStringTest, IsDecodedWithTheStreamsEncoding) {
  sink.keep_chunks();
  sink.automatic = true;
  auto hex = make({.write = true}, {.default_encoding = Encoding::hex});
  hex->write(std::string(10'000, '4'));
  EXPECT_EQ(sink.chunks().back().text(), std::string(5000, 'D'));
  auto text = make({.write = true}, {.decode_strings = false});
  text->write(of(10'000));
  EXPECT_EQ(sink.chunks().back().encoding, Encoding::utf8);
}

}  // namespace
}  // namespace weir
