// Behaviour of every compression stream, format by format.

#include "support/zlib_test.h"
#include <weir/zlib/errors.h>
#include <weir/zlib/streams.h>
#include <weir/zlib/sync.h>

#include <algorithm>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>

namespace weir::zlib {
namespace {

struct Format {
  std::string_view name;
  std::function<Ref<CompressionStream>(Loop&, std::int64_t)> compress;
  std::function<Ref<CompressionStream>(Loop&, std::int64_t)> decompress;
  std::function<Buffer(const Buffer&)> compress_sync;
  std::function<Buffer(const Buffer&)> decompress_sync;
};
std::ostream& operator<<(std::ostream& out, const Format& format) { return out << format.name; }

// A format of these functions, as bare names.
template <class Options, class Compress, class Decompress, class CompressSync, class DecompressSync>
Format format(std::string_view name, Compress compress, Decompress decompress,
              CompressSync compress_sync, DecompressSync decompress_sync, Options options) {
  const auto sized = [options](std::int64_t chunk_size) {
    Options result = options;
    result.chunk_size = chunk_size;
    return result;
  };
  return {name, [=](Loop& loop, std::int64_t size) { return compress(loop, sized(size)); },
          [=](Loop& loop, std::int64_t size) { return decompress(loop, sized(size)); },
          [=](const Buffer& input) { return compress_sync(input, options); },
          [=](const Buffer& input) { return decompress_sync(input, options); }};
}

const Format kFormats[] = {
    format("gzip", create_gzip, create_gunzip, gzip_sync, gunzip_sync, ZlibOptions{}),
    format("gzip_1", create_gzip, create_unzip, gzip_sync, unzip_sync, ZlibOptions{.level = 1}),
    format("gzip_9", create_gzip, create_gunzip, gzip_sync, gunzip_sync, ZlibOptions{.level = 9}),
    format("deflate", create_deflate, create_inflate, deflate_sync, inflate_sync, ZlibOptions{}),
    format("deflate_dictionary", create_deflate, create_inflate, deflate_sync, inflate_sync,
           ZlibOptions{.dictionary = Buffer::literal("stream drain finish")}),
    format("unzip", create_deflate, create_unzip, deflate_sync, unzip_sync, ZlibOptions{}),
    format("deflate_raw", create_deflate_raw, create_inflate_raw, deflate_raw_sync,
           inflate_raw_sync, ZlibOptions{}),
    format("deflate_raw_dictionary", create_deflate_raw, create_inflate_raw, deflate_raw_sync,
           inflate_raw_sync, ZlibOptions{.dictionary = Buffer::literal("stream drain finish")}),
    format("deflate_raw_window_9", create_deflate_raw, create_inflate_raw, deflate_raw_sync,
           inflate_raw_sync, ZlibOptions{.window_bits = 9}),
    format("brotli", create_brotli_compress, create_brotli_decompress, brotli_compress_sync,
           brotli_decompress_sync, BrotliOptions{.quality = 5}),
    format("zstd", create_zstd_compress, create_zstd_decompress, zstd_compress_sync,
           zstd_decompress_sync, ZstdOptions{}),
    format("zstd_dictionary", create_zstd_compress, create_zstd_decompress, zstd_compress_sync,
           zstd_decompress_sync,
           ZstdOptions{.dictionary = Buffer::literal("stream drain finish"), .checksum = true}),
};

constexpr std::int64_t kUsual = 16 * 1024;

class FormatTest : public test::ZlibTest, public testing::WithParamInterface<Format> {};

INSTANTIATE_TEST_SUITE_P(Formats, FormatTest, testing::ValuesIn(kFormats),
                         [](const auto& of) { return std::string(of.param.name); });

TEST_P(FormatTest, TextOfEverySizeComesBack) {
  for (const std::size_t size : {0, 1, 2, 100, 16383, 16384, 16385, 65536, 1'000'003}) {
    const std::string text = test::text_of(size);
    const std::string small = through(GetParam().compress(loop, kUsual), text, 64 * 1024);
    ASSERT_EQ(failure.what(), std::string("success"));
    EXPECT_EQ(through(GetParam().decompress(loop, kUsual), small, 64 * 1024), text) << size;
    EXPECT_LE(small.size(), size / 2 + 64) << size;
  }
}

TEST_P(FormatTest, NoiseComesBack) {
  const std::string noise = test::noise_of(100'000);
  const std::string coded = through(GetParam().compress(loop, kUsual), noise, 10'000);
  EXPECT_EQ(through(GetParam().decompress(loop, kUsual), coded, 300), noise);
}

TEST_P(FormatTest, ChunksOfEverySizeGiveTheSameText) {
  const std::string text = test::text_of(5000);
  for (const std::size_t size : {1, 7, 1000, 4096}) {
    const std::string small = through(GetParam().compress(loop, 64), text, size);
    EXPECT_EQ(through(GetParam().decompress(loop, 64), small, size), text) << size;
  }
}

TEST_P(FormatTest, PiecesAreNoLargerThanTheChunkSize) {
  const std::string text = test::text_of(100'000);
  const std::string small = through(GetParam().compress(loop, 64), text, 30'000);
  EXPECT_LE(std::ranges::max(pieces), 64u);
  EXPECT_EQ(through(GetParam().decompress(loop, 100), small, 30'000), text);
  EXPECT_EQ(std::ranges::max(pieces), 100u);
}

// With zstd they have the size of the input, which a stream does not know.
TEST_P(FormatTest, OneCallGivesTheBytesThatTheStreamGives) {
  const bool knows_size = GetParam().name.starts_with("zstd");
  for (const std::size_t size : {0, 1, 5000, 3'000'000}) {
    const std::string text = test::text_of(size);
    const Buffer small = GetParam().compress_sync(Buffer::borrow(text));
    const std::string streamed = through(GetParam().compress(loop, 777), text, text.size() + 1);
    EXPECT_TRUE(knows_size || small.text() == streamed) << size;
    EXPECT_TRUE(GetParam().decompress_sync(small).text() == text) << size;
  }
}

TEST_P(FormatTest, CountsTheBytesThatItTook) {
  auto stream = GetParam().compress(loop, kUsual);
  EXPECT_EQ(stream->bytes_written(), 0u);
  through(stream, test::text_of(100'000), 1000);
  EXPECT_EQ(stream->bytes_written(), 100'000u);
}

TEST_P(FormatTest, FlushedDataCanBeReadAtOnce) {
  auto compress = GetParam().compress(loop, kUsual);
  auto decompress = listened(GetParam().decompress(loop, kUsual));
  compress->pipe(decompress);
  compress->write("first ");
  compress->flush(cb("flushed"));
  EXPECT_EQ(after_run(), "flushed");
  EXPECT_EQ(output, "first ");
  compress->write("second");
  compress->flush(Flush::sync);
  loop.run();
  EXPECT_EQ(output, "first second");
  compress->end();
  EXPECT_EQ(after_run(), "prefinish finish end close");
  EXPECT_EQ(output, "first second");
}

TEST_P(FormatTest, TruncatedInputFails) {
  const Buffer small = GetParam().compress_sync(Buffer::adopt(test::text_of(5000)));
  for (const std::size_t kept :
       {std::size_t{0}, std::size_t{1}, small.size() / 2, small.size() - 1}) {
    failure = {};
    auto stream = listened(GetParam().decompress(loop, kUsual));
    stream->end(small.slice(0, kept));
    EXPECT_EQ(after_run(), "prefinish finish error(Z_BUF_ERROR) close") << kept;
    EXPECT_EQ(failure.message(), "unexpected end of file");
    EXPECT_EQ(failure.code(), Errc::buffer_error);
    EXPECT_EQ(
        test::name_of(test::thrown_by([&] { GetParam().decompress_sync(small.slice(0, kept)); })),
        "Z_BUF_ERROR")
        << kept;
  }
}

TEST_P(FormatTest, IsUsedAgainAfterAReset) {
  auto stream = listened(GetParam().compress(loop, kUsual));
  stream->write("lost");
  loop.run();
  output.clear();
  stream->reset();
  stream->end("kept");
  loop.run();
  EXPECT_EQ(GetParam().decompress_sync(Buffer::copy(output)).text(), "kept");
}

}  // namespace
}  // namespace weir::zlib
