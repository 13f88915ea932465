// The events of a compression stream, in Node's order, and its failures.

#include "support/zlib_test.h"
#include <weir/zlib/errors.h>
#include <weir/zlib/streams.h>
#include <weir/zlib/sync.h>

#include <string>
#include <string_view>

namespace weir::zlib {
namespace {

class ZlibEventsTest : public test::ZlibTest {
 protected:
  // With the data in the log as well.
  template <class S>
  Ref<S> read_by_log(Ref<S> stream) {
    stream->template on<Data>([this](const Data& data) {
      output += data.chunk.text();
      log.add("data");
    });
    return logged(std::move(stream));
  }

  std::string failure_of(const Ref<CompressionStream>& stream, const Buffer& input) {
    listened(stream)->end(input);
    return after_run();
  }
};

constexpr std::string_view kGarbage = "garbage";

TEST_F(ZlibEventsTest, TheHeaderComesWithTheFirstChunkAndTheTailAfterFinish) {
  auto gzip = read_by_log(create_gzip(loop));
  gzip->write("abc", cb("wcb"));
  gzip->end(cb("endcb"));
  EXPECT_EQ(after_run(), "data wcb prefinish endcb finish data end close");
  EXPECT_EQ(gzip->bytes_written(), 3u);
}

TEST_F(ZlibEventsTest, ALargeChunkIsReportedInTheSameOrderAsASmallOne) {
  const std::string large = test::text_of(20'000);
  auto gzip = read_by_log(create_gzip(loop));
  gzip->write(large, cb("wcb"));
  gzip->end(cb("endcb"));
  EXPECT_EQ(after_run(), "data wcb prefinish endcb finish data end close");
}

TEST_F(ZlibEventsTest, NoEventComesInsideWrite) {
  auto gzip = read_by_log(create_gzip(loop));
  gzip->write("small");
  loop.ticks().drain();
  EXPECT_EQ(log.take(), "");
}

TEST_F(ZlibEventsTest, UncompressedInputIsADataError) {
  EXPECT_EQ(failure_of(create_gunzip(loop), Buffer::literal(kGarbage)),
            "error(Z_DATA_ERROR) close");
  EXPECT_EQ(failure.message(), "incorrect header check");
  EXPECT_EQ(failure.what(), std::string("Z_DATA_ERROR: incorrect header check"));
  EXPECT_EQ(failure.code(), Errc::data_error);
  EXPECT_EQ(failure.code().value(), -3);
  EXPECT_EQ(failure_of(create_inflate(loop), Buffer::literal(kGarbage)),
            "error(Z_DATA_ERROR) close");
  EXPECT_EQ(failure_of(create_unzip(loop), Buffer::literal(kGarbage)), "error(Z_DATA_ERROR) close");
  EXPECT_EQ(failure_of(create_inflate_raw(loop), Buffer::literal("\xff\xff")),
            "error(Z_DATA_ERROR) close");
  EXPECT_EQ(failure.message(), "invalid block type");
}

TEST_F(ZlibEventsTest, BrotliAndZstdNameTheirOwnErrors) {
  EXPECT_EQ(failure_of(create_brotli_decompress(loop), Buffer::literal("garbage!!!")),
            "error(ERR__ERROR_FORMAT_PADDING_1) close");
  EXPECT_EQ(failure.message(), "Decompression failed");
  EXPECT_EQ(failure.code(), std::error_code(-14, brotli_category()));
  EXPECT_EQ(failure_of(create_zstd_decompress(loop), Buffer::literal(kGarbage)),
            "error(ZSTD_error_prefix_unknown) close");
  EXPECT_EQ(failure.message(), "Unknown frame descriptor");
}

TEST_F(ZlibEventsTest, AWriteThatFailsIsCalledBackWithTheError) {
  auto gunzip = listened(create_gunzip(loop));
  gunzip->write(kGarbage, cb("first"));
  gunzip->write("more", cb("second"));
  EXPECT_EQ(after_run(), "first(Z_DATA_ERROR) second(Z_DATA_ERROR) error(Z_DATA_ERROR) close");
}

TEST_F(ZlibEventsTest, AWrongChecksumIsADataError) {
  std::string bytes(gzip_sync(Buffer::literal("hello")).text());
  bytes[bytes.size() - 5] ^= 1;
  EXPECT_EQ(failure_of(create_gunzip(loop), Buffer::adopt(bytes)), "error(Z_DATA_ERROR) close");
  EXPECT_EQ(failure.message(), "incorrect data check");

  std::string frame(zstd_compress_sync(Buffer::literal("hello"), {.checksum = true}).text());
  frame.back() ^= 1;
  EXPECT_EQ(failure_of(create_zstd_decompress(loop), Buffer::adopt(frame)),
            "error(ZSTD_error_checksum_wrong) close");
}

TEST_F(ZlibEventsTest, DataBeforeTheTruncationIsOutput) {
  auto gunzip = read_by_log(create_gunzip(loop));
  gunzip->end(gzip_sync(Buffer::literal("hello")).slice(0, 12), cb("endcb"));
  EXPECT_EQ(after_run(), "data prefinish endcb finish error(Z_BUF_ERROR) close");
  EXPECT_EQ(output, "h");
}

TEST_F(ZlibEventsTest, ATruncatedInputIsTakenAsItIsWhereTheOptionsSaySo) {
  const Buffer cut = gzip_sync(Buffer::literal("hello hello hello")).slice(0, 20);
  EXPECT_EQ(gunzip_sync(cut, {.finish_flush = Flush::sync}).text(), "hello hello hello");
  auto gunzip = listened(create_gunzip(loop, {.finish_flush = Flush::sync}));
  gunzip->end(cut);
  EXPECT_EQ(after_run(), "prefinish finish end close");
  EXPECT_EQ(output, "hello hello hello");
}

TEST_F(ZlibEventsTest, EmptyInputIsAnUnexpectedEnd) {
  auto gunzip = listened(create_gunzip(loop));
  gunzip->end();
  EXPECT_EQ(log.take(), "prefinish");
  EXPECT_EQ(after_run(), "finish error(Z_BUF_ERROR) close");
}

// --- Several members, and data after the last ---

TEST_F(ZlibEventsTest, MembersAreDecodedOneAfterTheOther) {
  const Buffer both =
      test::joined({gzip_sync(Buffer::literal("a")), gzip_sync(Buffer::literal("b"))});
  EXPECT_EQ(gunzip_sync(both).text(), "ab");
  EXPECT_EQ(unzip_sync(both).text(), "ab");
  for (const std::size_t size : {1, 2, 20, 21, 22, 23, 100})
    EXPECT_EQ(through(create_gunzip(loop), both.text(), size), "ab") << size;
  for (const std::size_t size : {1, 2, 21, 100})
    EXPECT_EQ(through(create_unzip(loop), both.text(), size), "ab") << size;
}

TEST_F(ZlibEventsTest, FramesOfZstdAreDecodedOneAfterTheOther) {
  const Buffer both = test::joined(
      {zstd_compress_sync(Buffer::literal("a")), zstd_compress_sync(Buffer::literal("b"))});
  for (const std::size_t size : {1, 7, 100})
    EXPECT_EQ(through(create_zstd_decompress(loop), both.text(), size), "ab") << size;
}

// Another member may follow, so only the end of the input ends the output: in Node zeros do, where
// they come in one chunk with the end of a member.
TEST_F(ZlibEventsTest, ZerosAfterTheLastMemberAreIgnored) {
  auto gunzip = read_by_log(create_gunzip(loop));
  gunzip->end(test::joined({gzip_sync(Buffer::literal("a")), Buffer::literal({"\0\0\0", 3})}));
  EXPECT_EQ(after_run(), "data prefinish finish end close");
  EXPECT_EQ(output, "a");
}

TEST_F(ZlibEventsTest, ZerosInChunksOfTheirOwnAreIgnored) {
  auto gunzip = read_by_log(create_gunzip(loop));
  gunzip->write(gzip_sync(Buffer::literal("a")));
  gunzip->write(std::string_view("\0\0", 2));
  gunzip->write(std::string_view("\0", 1));
  gunzip->end();
  EXPECT_EQ(after_run(), "data prefinish finish end close");
}

TEST_F(ZlibEventsTest, OtherBytesAfterTheLastMemberAreADataError) {
  EXPECT_EQ(failure_of(create_gunzip(loop),
                       test::joined({gzip_sync(Buffer::literal("a")), Buffer::literal("\1\2\3")})),
            "error(Z_DATA_ERROR) close");
}

TEST_F(ZlibEventsTest, BytesAfterOneDeflateStreamAreIgnored) {
  for (const auto& [stream, input] :
       {std::pair<Ref<CompressionStream>, Buffer>{create_inflate(loop),
                                                  deflate_sync(Buffer::literal("a"))},
        {create_inflate_raw(loop), deflate_raw_sync(Buffer::literal("a"))},
        {create_unzip(loop), deflate_sync(Buffer::literal("a"))}}) {
    output.clear();
    read_by_log(stream)->end(test::joined({input, Buffer::literal("\1\2\3")}));
    EXPECT_EQ(after_run(), "data end prefinish finish close");
    EXPECT_EQ(output, "a");
    EXPECT_EQ(stream->bytes_written(), input.size());
  }
}

// --- Dictionaries ---

TEST_F(ZlibEventsTest, ADictionaryThatIsMissingOrWrongIsNamed) {
  const Buffer input =
      deflate_sync(Buffer::literal("hello"), {.dictionary = Buffer::literal("hello")});
  EXPECT_EQ(failure_of(create_inflate(loop), input), "error(Z_NEED_DICT) close");
  EXPECT_EQ(failure.message(), "Missing dictionary");
  EXPECT_EQ(failure_of(create_inflate(loop, {.dictionary = Buffer::literal("other")}), input),
            "error(Z_NEED_DICT) close");
  EXPECT_EQ(failure.message(), "Bad dictionary");
}

TEST_F(ZlibEventsTest, ADictionaryIsSetAgainAfterAReset) {
  const ZlibOptions options{.dictionary = Buffer::literal("hello")};
  auto deflate = listened(create_deflate(loop, options));
  deflate->write("lost");
  loop.run();
  output.clear();
  deflate->reset();
  deflate->end("hello");
  loop.run();
  EXPECT_EQ(inflate_sync(Buffer::copy(output), options).text(), "hello");
}

// --- flush, params, close, reset ---

TEST_F(ZlibEventsTest, AFlushRunsAfterEarlierWrites) {
  auto deflate = read_by_log(create_deflate(loop));
  deflate->write("abc", cb("wcb"));
  deflate->flush(cb("flushcb"));
  EXPECT_EQ(after_run(), "data wcb data flushcb");
  EXPECT_EQ(output.substr(output.size() - 4), std::string("\0\0\xff\xff", 4));
}

TEST_F(ZlibEventsTest, KindsOfFlushAskForMoreAndMore) {
  std::vector<std::size_t> sizes;
  std::vector<Ref<ZlibStream>> streams;
  for (const Flush kind : {Flush::none, Flush::partial, Flush::sync, Flush::finish}) {
    streams.push_back(listened(create_deflate_raw(loop)));
    output.clear();
    streams.back()->write("abc");
    streams.back()->flush(kind, cb("flushed"));
    EXPECT_EQ(after_run(), "flushed");
    sizes.push_back(output.size());
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{0, 5, 9, 5}));
}

TEST_F(ZlibEventsTest, AReaderCanBeginAfterAFullFlush) {
  auto deflate = listened(create_deflate_raw(loop));
  deflate->write("hello hello ");
  deflate->flush();
  loop.run();
  const std::size_t begin = output.size();
  deflate->end("hello hello");
  loop.run();
  EXPECT_EQ(inflate_raw_sync(Buffer::copy(output.substr(begin))).text(), "hello hello");
}

TEST_F(ZlibEventsTest, AFlushOfAnEndedStreamIsCalledBackOnEnd) {
  auto gzip = listened(create_gzip(loop));
  gzip->end("a");
  gzip->flush(cb("flushed"));
  EXPECT_EQ(after_run(), "prefinish finish end flushed close");
  gzip->flush(cb("again"));
  EXPECT_EQ(log.take(), "");
  EXPECT_EQ(after_run(), "again");
}

TEST_F(ZlibEventsTest, EachChunkIsFlushedWhereTheOptionsSaySo) {
  auto gzip = listened(create_gzip(loop, {.flush = Flush::sync}));
  gzip->write("abc");
  loop.run();
  EXPECT_EQ(gunzip_sync(Buffer::copy(output), {.finish_flush = Flush::sync}).text(), "abc");
}

TEST_F(ZlibEventsTest, ParamsChangeLaterInput) {
  const std::string text(10'000, 'a');
  for (const auto& create : {create_gzip, create_deflate, create_deflate_raw}) {
    output.clear();
    auto stream = listened(create(loop, {.level = 0}));
    stream->write(text);
    stream->params(9, Strategy::standard, cb("changed"));
    stream->write(text);
    stream->params(9, Strategy::standard, cb("same"));
    stream->end();
    EXPECT_EQ(after_run(), "changed same prefinish finish end close");
    EXPECT_GT(output.size(), 10'000u);
    EXPECT_LT(output.size(), 10'100u);
    if (create != create_deflate_raw)
      EXPECT_EQ(unzip_sync(Buffer::copy(output)).text(), text + text);
    else
      EXPECT_EQ(inflate_raw_sync(Buffer::copy(output)).text(), text + text);
  }
}

TEST_F(ZlibEventsTest, ParamsRightBeforeTheEndAreTooLateButDoNoHarm) {
  auto deflate = listened(create_deflate(loop, {.level = 0}));
  deflate->write("first ");
  deflate->write("last");
  deflate->params(9, Strategy::rle, cb("changed"));
  deflate->end();
  EXPECT_EQ(after_run(), "changed prefinish finish end close");
  EXPECT_EQ(inflate_sync(Buffer::copy(output)).text(), "first last");
}

TEST_F(ZlibEventsTest, ParamsOutOfRangeThrow) {
  auto deflate = create_deflate(loop);
  EXPECT_EQ(test::thrown_by([&] { deflate->params(10, Strategy::standard); }).message(),
            "The value of \"level\" is out of range. It must be >= -1 and <= 9. Received 10");
  EXPECT_EQ(test::thrown_by([&] { deflate->params(1, static_cast<Strategy>(9)); }).message(),
            "The value of \"strategy\" is out of range. It must be >= 0 and <= 4. Received 9");
}

TEST_F(ZlibEventsTest, AnUnfinishedStreamIsClosedPrematurely) {
  auto gzip = logged(create_gzip(loop));
  gzip->write("a");
  gzip->close(cb("closed"));
  EXPECT_EQ(after_run(), "close closed(ERR_STREAM_PREMATURE_CLOSE)");
}

TEST_F(ZlibEventsTest, ResetThrowsDuringAWriteAndAfterDestroy) {
  auto gzip = logged(create_gzip(loop));
  gzip->write("a");
  EXPECT_EQ(test::thrown_by([&] { gzip->reset(); }).message(),
            "Cannot reset zlib stream while a write is in progress");
  loop.run();
  gzip->reset();
  gzip->destroy();
  EXPECT_EQ(test::name_of(test::thrown_by([&] { gzip->reset(); })), "ERR_INTERNAL_ASSERTION");
}

TEST_F(ZlibEventsTest, TheHeaderOfGzipIsAlwaysTheSame) {
  EXPECT_EQ(gzip_sync(Buffer::literal("a")).slice(0, 10).text(),
            std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10));
}

}  // namespace
}  // namespace weir::zlib
