// Data after the end of the compressed data: padding, another member, or junk. The result is the
// same for every split into chunks.

#include "support/zlib_test.h"
#include <weir/zlib/errors.h>
#include <weir/zlib/streams.h>
#include <weir/zlib/sync.h>

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace weir::zlib {
namespace {

// The decompressor of a format: as a stream, and for a whole Buffer.
struct Decompressor {
  std::function<Ref<CompressionStream>(Loop&)> stream;
  std::function<Buffer(const Buffer&)> sync;
};

constexpr std::int64_t kChunkSize = 64;  // so that members end within and at the end of a piece

template <class Options, class Create, class Sync>
Decompressor decompressor(Create create, Sync sync) {
  const Options options{.chunk_size = kChunkSize};
  return {[=](Loop& loop) { return create(loop, options); },
          [=](const Buffer& input) { return sync(input, options); }};
}

const Decompressor kGunzip = decompressor<ZlibOptions>(create_gunzip, gunzip_sync);
const Decompressor kUnzip = decompressor<ZlibOptions>(create_unzip, unzip_sync);
const Decompressor kInflate = decompressor<ZlibOptions>(create_inflate, inflate_sync);
const Decompressor kInflateRaw = decompressor<ZlibOptions>(create_inflate_raw, inflate_raw_sync);
const Decompressor kUnbrotli =
    decompressor<BrotliOptions>(create_brotli_decompress, brotli_decompress_sync);
const Decompressor kUnzstd =
    decompressor<ZstdOptions>(create_zstd_decompress, zstd_decompress_sync);

Buffer gzip(std::string_view text) { return gzip_sync(Buffer::copy(text)); }
Buffer deflate(std::string_view text) { return deflate_sync(Buffer::copy(text)); }
Buffer deflate_raw(std::string_view text) { return deflate_raw_sync(Buffer::copy(text)); }
Buffer brotli(std::string_view text) { return brotli_compress_sync(Buffer::copy(text)); }
Buffer zstd(std::string_view text) { return zstd_compress_sync(Buffer::copy(text)); }

Buffer zeros(std::size_t count) { return Buffer::adopt(std::string(count, '\0')); }
Buffer bytes(std::string_view text) { return Buffer::copy(text); }
// All but the last bytes.
Buffer cut(const Buffer& input, std::size_t lost = 1) {
  return input.slice(0, input.size() - lost);
}

// A skippable frame of zstd, which has no content.
Buffer skippable() { return bytes(std::string_view("\x50\x2a\x4d\x18\x03\0\0\0abc", 11)); }

class EndOfDataTest : public test::ZlibTest {
 protected:
  // The result of an input. A failure leaves only the beginning of the text.
  struct Result {
    std::string text;
    std::string error;
    std::string message;
  };

  Result streamed(const Decompressor& decompressor, const std::vector<Buffer>& chunks) {
    failure = {};
    output.clear();
    auto stream = listened(decompressor.stream(loop));
    for (const Buffer& chunk : chunks) stream->write(chunk);
    stream->end();
    loop.run();
    log.take();
    return {std::exchange(output, {}), std::string(failure.name()), std::string(failure.message())};
  }

  static Result at_once(const Decompressor& decompressor, const Buffer& input) {
    Result result;
    const Error error = test::thrown_by([&] { result.text = decompressor.sync(input).text(); });
    return {result.text, std::string(error.name()), std::string(error.message())};
  }

  // Every cut in two, one byte at a time, one byte at a time from each place, whole, and at once.
  void expect(const Decompressor& decompressor, std::initializer_list<Buffer> parts,
              std::string_view text, std::string_view error = "", std::string_view message = "") {
    const Buffer input = test::joined(parts);
    const auto check = [&](const Result& result, std::string_view how, std::size_t place) {
      EXPECT_EQ(result.error, error) << how << ' ' << place;
      EXPECT_TRUE(message.empty() || result.message == message) << result.message;
      const bool whole = error.empty();
      EXPECT_TRUE(whole ? result.text == text : text.starts_with(result.text))
          << how << ' ' << place << ": " << result.text;
    };
    check(at_once(decompressor, input), "at once", 0);
    check(streamed(decompressor, {input}), "whole", 0);
    std::vector<Buffer> single;
    for (std::size_t i = 0; i < input.size(); ++i) single.push_back(input.slice(i, i + 1));
    check(streamed(decompressor, single), "by bytes", 0);
    for (std::size_t i = 0; i <= input.size(); ++i) {
      check(streamed(decompressor, {input.slice(0, i), input.slice(i)}), "cut at", i);
      std::vector<Buffer> slow{input.slice(0, i)};
      slow.insert(slow.end(), single.begin() + static_cast<std::ptrdiff_t>(i), single.end());
      check(streamed(decompressor, slow), "by bytes from", i);
    }
  }
};

TEST_F(EndOfDataTest, GzipReadsEveryMember) {
  const std::string line(kChunkSize, 'x');
  for (const Decompressor& gunzip : {kGunzip, kUnzip}) {
    expect(gunzip, {gzip("a")}, "a");
    expect(gunzip, {gzip("a"), gzip("b"), gzip("")}, "ab");
    expect(gunzip, {gzip(""), gzip(""), gzip("b")}, "b");
    expect(gunzip, {gzip(line), gzip(line), gzip("y")}, line + line + "y");
    expect(gunzip, {gzip(line + "x"), gzip(line + line)}, line + "x" + line + line);
  }
}

TEST_F(EndOfDataTest, GzipReadsAMemberAfterPadding) {
  const std::string line(kChunkSize, 'x');
  for (const Decompressor& gunzip : {kGunzip, kUnzip}) {
    for (const std::size_t count : {1, 2, 3, 17, 100}) {
      expect(gunzip, {gzip("a"), zeros(count)}, "a");
      expect(gunzip, {gzip("a"), zeros(count), gzip("b")}, "ab");
      expect(gunzip, {gzip(line), zeros(count), gzip(line), zeros(count)}, line + line);
    }
    expect(gunzip, {gzip("a"), zeros(1), gzip(""), zeros(2), gzip("b"), zeros(3)}, "ab");
  }
}

TEST_F(EndOfDataTest, GzipRefusesDataThatIsNeitherPaddingNorAMember) {
  constexpr std::string_view kNoHeader = "incorrect header check";
  for (const Decompressor& gunzip : {kGunzip, kUnzip}) {
    for (const std::string_view junk : {"x", "\x01\x02\x03", "garbage", "\x1f!", "\x78\x9c"}) {
      expect(gunzip, {gzip("a"), bytes(junk)}, "a", "Z_DATA_ERROR", kNoHeader);
      expect(gunzip, {gzip("a"), zeros(3), bytes(junk)}, "a", "Z_DATA_ERROR", kNoHeader);
      expect(gunzip, {gzip("a"), gzip("b"), bytes(junk)}, "ab", "Z_DATA_ERROR", kNoHeader);
    }
    expect(gunzip, {gzip("a"), zeros(1), deflate("b")}, "a", "Z_DATA_ERROR", kNoHeader);
    expect(gunzip, {gzip("a"), bytes("\x1f\x8b\x07!")}, "a", "Z_DATA_ERROR",
           "unknown compression method");
  }
}

TEST_F(EndOfDataTest, GzipMissesTheRestOfAMember) {
  constexpr std::string_view kEnd = "unexpected end of file";
  for (const Decompressor& gunzip : {kGunzip, kUnzip}) {
    expect(gunzip, {gzip("a"), bytes("\x1f")}, "a", "Z_BUF_ERROR", kEnd);
    expect(gunzip, {gzip("a"), cut(gzip("b"))}, "ab", "Z_BUF_ERROR", kEnd);
    expect(gunzip, {gzip("a"), zeros(2), cut(gzip("b"), 10)}, "ab", "Z_BUF_ERROR", kEnd);
  }
  expect(kGunzip, {zeros(1), gzip("a")}, "", "Z_DATA_ERROR");
}

TEST_F(EndOfDataTest, UnzipReadsZlibDataAfterAResetThatEndedGzip) {
  auto unzip = listened(create_unzip(loop));
  unzip->write(gzip("a"));
  loop.run();
  unzip->reset();
  unzip->write(deflate("b"));
  loop.run();
  unzip->reset();
  unzip->end(test::joined({gzip("c"), zeros(1), gzip("d")}));
  loop.run();
  EXPECT_EQ(failure.what(), std::string("success"));
  EXPECT_EQ(output, "abcd");
}

// As Node, and as zlib's users rely on: deflate data stands within other data.
TEST_F(EndOfDataTest, DeflateIgnoresDataAfterItsEnd) {
  for (const std::string_view more : {"", "x", "garbage"}) {
    expect(kInflate, {deflate("a"), bytes(more)}, "a");
    expect(kUnzip, {deflate("a"), bytes(more)}, "a");
    expect(kInflateRaw, {deflate_raw("a"), bytes(more)}, "a");
  }
  expect(kInflate, {deflate("a"), zeros(2), deflate("b")}, "a");
  expect(kUnzip, {deflate("a"), gzip("b")}, "a");
  expect(kInflateRaw, {deflate_raw("a"), deflate_raw("b")}, "a");
}

TEST_F(EndOfDataTest, TrailingDataIsRefusedIfTheOptionsSaySo) {
  const ZlibOptions options{.reject_garbage_after_end = true, .chunk_size = kChunkSize};
  const auto strict = [&](auto create, auto sync) {
    return Decompressor{[=](Loop& on) { return create(on, options); },
                        [=](const Buffer& input) { return sync(input, options); }};
  };
  const std::string line(kChunkSize, 'x');
  const auto check = [&](const Decompressor& decompressor, auto compress) {
    for (const std::string& text : {std::string("a"), line}) {
      expect(decompressor, {compress(text)}, text);
      for (const Buffer& more : {bytes("x"), zeros(2), compress("b")})
        expect(decompressor, {compress(text), more}, text, "ERR_TRAILING_JUNK_AFTER_STREAM_END",
               "Trailing junk found after the end of the compressed stream");
    }
  };
  check(strict(create_gunzip, gunzip_sync), gzip);
  check(strict(create_unzip, unzip_sync), gzip);
  check(strict(create_unzip, unzip_sync), deflate);
  check(strict(create_inflate, inflate_sync), deflate);
  check(strict(create_inflate_raw, inflate_raw_sync), deflate_raw);
}

TEST_F(EndOfDataTest, AResetAfterTheEndBeginsAnewWhereGarbageIsRejected) {
  auto gunzip = listened(create_gunzip(loop, {.reject_garbage_after_end = true}));
  gunzip->write(gzip("a"));
  loop.run();
  gunzip->reset();
  gunzip->end(gzip("b"));
  loop.run();
  EXPECT_EQ(failure.what(), std::string("success"));
  EXPECT_EQ(output, "ab");
}

TEST_F(EndOfDataTest, BrotliRefusesTrailingData) {
  const std::string line(kChunkSize, 'x');
  expect(kUnbrotli, {brotli("a")}, "a");
  expect(kUnbrotli, {brotli(line)}, line);
  const auto refused = [&](const Buffer& junk) {
    for (const std::string& text : {std::string(), std::string("a"), line, line + "y"})
      expect(kUnbrotli, {brotli(text), junk}, text, "ERR_TRAILING_JUNK_AFTER_STREAM_END",
             "Trailing junk found after the end of the compressed stream");
    EXPECT_EQ(failure.code(), Errc::data_error);
  };
  refused(bytes("x"));
  refused(zeros(1));
  refused(zeros(20));
  refused(brotli("b"));
}

TEST_F(EndOfDataTest, ZstdReadsEveryFrame) {
  const std::string line(kChunkSize, 'x');
  expect(kUnzstd, {zstd("a")}, "a");
  expect(kUnzstd, {zstd("a"), zstd(""), zstd(line), zstd("b")}, "a" + line + "b");
  expect(kUnzstd, {skippable(), zstd("a"), skippable(), skippable(), zstd("b"), skippable()}, "ab");
}

TEST_F(EndOfDataTest, ZstdRefusesTrailingDataThatIsNotAFrame) {
  for (const Buffer& junk : {bytes("garbage"), zeros(8), gzip("b")})
    expect(kUnzstd, {zstd("a"), junk}, "a", "ZSTD_error_prefix_unknown");
  expect(kUnzstd, {zstd("a"), cut(zstd("b"))}, "ab", "Z_BUF_ERROR");
  expect(kUnzstd, {zstd("a"), cut(skippable())}, "a", "Z_BUF_ERROR");
}

}  // namespace
}  // namespace weir::zlib
