// Options and inputs that are refused, and the error messages.

#include "support/zlib_test.h"
#include <weir/zlib/async.h>
#include <weir/zlib/crc32.h>
#include <weir/zlib/streams.h>
#include <weir/zlib/sync.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>

namespace weir::zlib {
namespace {

class ZlibOptionsTest : public test::ZlibTest {
 protected:
  template <class Create, class Options>
  std::string refusal(Create create, const Options& options) {
    const Error error = test::thrown_by([&] { create(loop, options); });
    if (!error) return "none";
    EXPECT_EQ(error.name(), "ERR_OUT_OF_RANGE");
    constexpr std::string_view kBegin = "The value of \"options.";
    return std::string(error.message().substr(kBegin.size()));
  }
};

TEST_F(ZlibOptionsTest, OfZlibThatAreOutOfRangeThrow) {
  using Options = ZlibOptions;
  EXPECT_EQ(refusal(create_gzip, Options{.level = 10}),
            "level\" is out of range. It must be >= -1 and <= 9. Received 10");
  EXPECT_EQ(refusal(create_gzip, Options{.level = -2}),
            "level\" is out of range. It must be >= -1 and <= 9. Received -2");
  EXPECT_EQ(refusal(create_gzip, Options{.window_bits = 8}),
            "window_bits\" is out of range. It must be >= 9 and <= 15. Received 8");
  EXPECT_EQ(refusal(create_deflate, Options{.window_bits = 7}),
            "window_bits\" is out of range. It must be >= 8 and <= 15. Received 7");
  EXPECT_EQ(refusal(create_deflate, Options{.window_bits = 0}),
            "window_bits\" is out of range. It must be >= 8 and <= 15. Received 0");
  EXPECT_EQ(refusal(create_inflate, Options{.window_bits = 0}), "none");
  EXPECT_EQ(refusal(create_inflate_raw, Options{.window_bits = 0}),
            "window_bits\" is out of range. It must be >= 8 and <= 15. Received 0");
  EXPECT_EQ(refusal(create_gunzip, Options{.mem_level = 0}),
            "mem_level\" is out of range. It must be >= 1 and <= 9. Received 0");
  EXPECT_EQ(refusal(create_unzip, Options{.strategy = static_cast<Strategy>(9)}),
            "strategy\" is out of range. It must be >= 0 and <= 4. Received 9");
}

TEST_F(ZlibOptionsTest, OfEveryStreamThatAreOutOfRangeThrow) {
  EXPECT_EQ(refusal(create_gzip, ZlibOptions{.chunk_size = 10}),
            "chunk_size\" is out of range. It must be >= 64. Received 10");
  EXPECT_EQ(refusal(create_brotli_compress, BrotliOptions{.chunk_size = 63}),
            "chunk_size\" is out of range. It must be >= 64. Received 63");
  EXPECT_EQ(refusal(create_zstd_decompress, ZstdOptions{.chunk_size = -1}),
            "chunk_size\" is out of range. It must be >= 64. Received -1");
  EXPECT_EQ(refusal(create_gzip, ZlibOptions{.flush = static_cast<Flush>(99)}),
            "flush\" is out of range. It must be >= 0 and <= 5. Received 99");
  EXPECT_EQ(refusal(create_gzip, ZlibOptions{.finish_flush = static_cast<Flush>(6)}),
            "finish_flush\" is out of range. It must be >= 0 and <= 5. Received 6");
  EXPECT_EQ(refusal(create_gunzip, ZlibOptions{.max_output_length = 0}),
            "max_output_length\" is out of range. It must be >= 1 and <= 9223372036854775807. "
            "Received 0");
}

TEST_F(ZlibOptionsTest, OfBrotliAndZstdThatAreOutOfRangeThrow) {
  EXPECT_EQ(refusal(create_brotli_compress, BrotliOptions{.quality = 12}),
            "quality\" is out of range. It must be >= 0 and <= 11. Received 12");
  EXPECT_EQ(refusal(create_brotli_compress, BrotliOptions{.window_bits = 25}),
            "window_bits\" is out of range. It must be >= 10 and <= 24. Received 25");
  EXPECT_EQ(refusal(create_brotli_compress, BrotliOptions{.mode = static_cast<BrotliMode>(3)}),
            "mode\" is out of range. It must be >= 0 and <= 2. Received 3");
  EXPECT_EQ(refusal(create_zstd_compress, ZstdOptions{.level = 23}),
            "level\" is out of range. It must be >= -131072 and <= 22. Received 23");
  EXPECT_EQ(refusal(create_zstd_decompress, ZstdOptions{.window_bits = 9}),
            "window_bits\" is out of range. It must be >= 10 and <= 31. Received 9");
}

TEST_F(ZlibOptionsTest, OfZstdsSearchThatAreOutOfRangeThrow) {
  const ZstdOptions wrong[] = {
      {.hash_bits = 5},
      {.chain_bits = 5},
      {.search_bits = 40},
      {.min_match = 2},
      {.target_length = -1},
      {.strategy = static_cast<ZstdStrategy>(10)},
      {.long_distance_hash_bits = 5},
      {.long_distance_min_match = 3},
      {.long_distance_bucket_bits = 9},
      {.long_distance_hash_rate_bits = 26},
  };
  for (const ZstdOptions& options : wrong)
    EXPECT_EQ(test::name_of(test::thrown_by([&] { create_zstd_compress(loop, options); })),
              "ERR_OUT_OF_RANGE")
        << &options - wrong;
}

TEST_F(ZlibOptionsTest, ZstdUsesTheSearchOptions) {
  const Buffer text = Buffer::adopt(test::text_of(100'000));
  const std::size_t usual = zstd_compress_sync(text).size();
  const ZstdOptions options[] = {
      {.hash_bits = 6},
      {.chain_bits = 6, .strategy = ZstdStrategy::lazy},
      {.search_bits = 1, .strategy = ZstdStrategy::btopt},
      {.min_match = 7},
      {.target_length = 999, .strategy = ZstdStrategy::btultra2},
      {.strategy = ZstdStrategy::fast},
  };
  for (const ZstdOptions& each : options) {
    const Buffer compressed = zstd_compress_sync(text, each);
    EXPECT_NE(compressed.size(), usual) << &each - options;
    EXPECT_EQ(zstd_decompress_sync(compressed).text(), text.text());
  }
}

TEST_F(ZlibOptionsTest, ZstdFindsRepetitionsFarBackWhereItIsToLook) {
  constexpr std::size_t kSize = std::size_t{1} << 20;
  std::minstd_rand random(1);
  std::string part(kSize, ' ');
  for (char& c : part) c = static_cast<char>(random());
  const Buffer twice = Buffer::adopt(part + std::string(kSize, 'x') + part);
  const std::size_t usual = zstd_compress_sync(twice, {.level = 1, .window_bits = 19}).size();
  const Buffer found = zstd_compress_sync(twice, {.level = 1, .long_distance_matching = true});
  EXPECT_LT(found.size() + part.size() / 2, usual);
  EXPECT_EQ(zstd_decompress_sync(found).text(), twice.text());
}

// The size takes two bytes, which also replace the byte of the window's size.
TEST_F(ZlibOptionsTest, AZstdFrameHasTheSizeOfItsContentUnlessDisabled) {
  const Buffer text = Buffer::adopt(std::string(1000, 'x'));
  const Buffer sized = zstd_compress_sync(text, {.pledged_size = 1000});
  const Buffer unsized = zstd_compress_sync(text, {.pledged_size = 1000, .content_size = false});
  EXPECT_EQ(sized.size(), unsized.size() + 1);
  EXPECT_EQ(zstd_decompress_sync(unsized).text(), text.text());
}

// Node's bytes: one segment, whose size is five.
TEST_F(ZlibOptionsTest, EveryZstdFrameThatCanKnowItsSizeHasIt) {
  const auto knows_size = [](const Buffer& frame) {
    return frame.text().substr(4).starts_with("\x20\x05");
  };
  EXPECT_TRUE(knows_size(zstd_compress_sync(Buffer::literal("hello"))));
  zstd_compress(loop, Buffer::literal("hello"), [&](const Error& error, const Buffer& frame) {
    EXPECT_FALSE(error);
    EXPECT_TRUE(knows_size(frame));
  });
  loop.run();

  const auto streamed = [&](const std::function<void(CompressionStream&)>& program) {
    output.clear();
    auto stream = listened(create_zstd_compress(loop, {.pledged_size = 5}));
    program(*stream);
    loop.run();
    return Buffer::copy(output);
  };
  EXPECT_TRUE(knows_size(streamed([](CompressionStream& stream) {
    stream.write("hel");
    stream.end("lo");
  })));
  EXPECT_TRUE(knows_size(streamed([](CompressionStream& stream) {
    stream.reset();
    stream.end("hello");
  })));
  EXPECT_TRUE(knows_size(streamed([&](CompressionStream& stream) {
    stream.write("lost", [&](const Error&) {
      loop.next_tick([&] {
        stream.reset();
        output.clear();
        stream.end("hello");
      });
    });
  })));
}

TEST_F(ZlibOptionsTest, OneCallOfZstdGivesTheBytesOfAStreamThatHasAPledge) {
  for (const std::size_t size : {0, 1, 5000, 3'000'000}) {
    const std::string text = test::text_of(size);
    EXPECT_TRUE(zstd_compress_sync(Buffer::borrow(text)).text() ==
                through(create_zstd_compress(loop, {.pledged_size = size, .chunk_size = 777}), text,
                        size + 1))
        << size;
  }
}

TEST_F(ZlibOptionsTest, APledgeOfMoreThanNodesIntegersThrows) {
  using Options = ZstdOptions;
  const std::uint64_t largest = (std::uint64_t{1} << 53) - 1;
  EXPECT_EQ(refusal(create_zstd_compress, Options{.pledged_size = largest}), "none");
  EXPECT_EQ(refusal(create_zstd_compress, Options{.pledged_size = largest + 1}),
            "pledged_size\" is out of range. It must be >= 0 and <= 9007199254740991. Received "
            "9007199254740992");
}

TEST_F(ZlibOptionsTest, ANegativeMarkThrows) {
  EXPECT_EQ(test::name_of(test::thrown_by([&] { create_gzip(loop, {.high_water_mark = -1}); })),
            "ERR_INVALID_ARG_VALUE");
}

TEST_F(ZlibOptionsTest, MarksAreThoseOfTheOptions) {
  auto stream = create_gzip(loop, {.readable_high_water_mark = 1, .writable_high_water_mark = 2});
  EXPECT_EQ(stream->readable_high_water_mark(), 1u);
  EXPECT_EQ(stream->writable_high_water_mark(), 2u);
}

TEST_F(ZlibOptionsTest, TheHigherTheLevelTheSmallerTheOutput) {
  const Buffer text = Buffer::adopt(test::text_of(100'000));
  EXPECT_GT(gzip_sync(text, {.level = 1}).size(), gzip_sync(text, {.level = 9}).size());
  EXPECT_GT(gzip_sync(text, {.level = 0}).size(), text.size());
  EXPECT_GT(gzip_sync(text, {.strategy = Strategy::huffman_only}).size(), gzip_sync(text).size());
  EXPECT_GT(brotli_compress_sync(text, {.quality = 1}).size(),
            brotli_compress_sync(text, {.quality = 11}).size());
  EXPECT_GT(zstd_compress_sync(text, {.level = -5}).size(),
            zstd_compress_sync(text, {.level = 19}).size());
}

TEST_F(ZlibOptionsTest, APledgeThatIsNotKeptFails) {
  const Buffer kept = zstd_compress_sync(Buffer::literal("hello"), {.pledged_size = 5});
  EXPECT_EQ(zstd_decompress_sync(kept).text(), "hello");
  EXPECT_EQ(test::name_of(test::thrown_by(
                [] { zstd_compress_sync(Buffer::literal("hello"), {.pledged_size = 6}); })),
            "ZSTD_error_srcSize_wrong");
}

TEST_F(ZlibOptionsTest, AWindowThatIsTooLargeToReadIsRefused) {
  const Buffer large =
      zstd_compress_sync(Buffer::adopt(test::text_of(100'000)), {.window_bits = 20});
  EXPECT_EQ(
      test::name_of(test::thrown_by([&] { zstd_decompress_sync(large, {.window_bits = 10}); })),
      "ZSTD_error_frameParameter_windowTooLarge");
}

TEST_F(ZlibOptionsTest, WholeBuffersFailAsTheirStreamsDo) {
  EXPECT_EQ(test::name_of(test::thrown_by([] { gunzip_sync(Buffer::literal("x")); })),
            "Z_BUF_ERROR");
  EXPECT_EQ(test::name_of(test::thrown_by([] { inflate_sync(Buffer::literal("xyz")); })),
            "Z_DATA_ERROR");
  EXPECT_EQ(test::name_of(test::thrown_by([] { brotli_decompress_sync(Buffer()); })),
            "Z_BUF_ERROR");
  EXPECT_EQ(gzip_sync(Buffer()).size(), 20u);
}

TEST(Crc32Test, IsThatOfGzip) {
  EXPECT_EQ(crc32("hello"), 907060870u);
  EXPECT_EQ(crc32("lo", crc32("hel")), 907060870u);
  EXPECT_EQ(crc32(""), 0u);
  EXPECT_EQ(crc32("", 907060870u), 907060870u);
}

}  // namespace
}  // namespace weir::zlib
