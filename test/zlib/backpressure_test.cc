// Slow readers and endless output: a stream's memory is bounded.

#include "support/zlib_test.h"
#include <weir/stream/pipeline.h>
#include <weir/stream/writable.h>
#include <weir/zlib/streams.h>
#include <weir/zlib/sync.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

namespace weir::zlib {
namespace {

using Backpressure = test::ZlibTest;

// Much from little.
Buffer bomb(std::size_t size) { return gzip_sync(Buffer::adopt(std::string(size, '\0'))); }

TEST_F(Backpressure, WithoutAReaderNoMoreIsMadeThanTheMarkAndOneRequest) {
  auto gunzip = logged(create_gunzip(loop));
  gunzip->end(bomb(20'000'000), cb("endcb"));
  EXPECT_EQ(after_run(), "");
  EXPECT_GE(gunzip->readable_length(), 16u * 1024);
  EXPECT_LT(gunzip->readable_length(), 2u * 16 * 1024);
  EXPECT_LT(gunzip->bytes_written(), 200u);  // of the input, which would give 64 KiB or so
}

TEST_F(Backpressure, EachReadBringsMoreUntilTheEnd) {
  auto gunzip = logged(create_gunzip(loop));
  gunzip->end(bomb(1'000'000), cb("endcb"));
  loop.run();
  std::size_t read = 0;
  for (int turns = 0; read < 1'000'000 && turns < 1000; ++turns) {
    while (auto chunk = gunzip->read()) read += chunk->size();
    EXPECT_LT(gunzip->readable_length(), 2u * 16 * 1024);
    loop.run();
  }
  EXPECT_EQ(read, 1'000'000u);
  EXPECT_EQ(gunzip->read(), std::nullopt);
  EXPECT_EQ(after_run(), "prefinish endcb finish end close");
}

TEST_F(Backpressure, ASlowDestinationHoldsBackTheWriter) {
  std::size_t most = 0;
  std::size_t arrived = 0;
  auto gunzip = create_gunzip(loop);
  auto slow = Writable::make(loop, {.write = [&](Chunk chunk, Done done) {
                               most = std::max(most, gunzip->readable_length());
                               arrived += chunk.size();
                               loop.set_immediate([done = std::move(done)]() mutable { done(); });
                             }});
  gunzip->pipe(slow);
  const Buffer input = bomb(3'000'000);
  for (std::size_t at = 0; at < input.size(); at += 100) gunzip->write(input.slice(at, at + 100));
  gunzip->end();
  loop.run();
  EXPECT_EQ(arrived, 3'000'000u);
  EXPECT_LE(most, 2u * 16 * 1024);
}

TEST_F(Backpressure, AMarkOfZeroStillComesToItsEnd) {
  const std::string text = test::text_of(100'000);
  auto gzip = create_gzip(loop, {.high_water_mark = 0});
  auto gunzip = listened(create_gunzip(loop, {.high_water_mark = 0}));
  gzip->pipe(gunzip);
  gzip->end(text);
  EXPECT_EQ(after_run(), "prefinish finish end close");
  EXPECT_EQ(output, text);
}

TEST_F(Backpressure, ALargeMarkIsFilledInOneGo) {
  auto gunzip = logged(create_gunzip(loop, {.readable_high_water_mark = 1'000'000}));
  gunzip->write(bomb(20'000'000));
  loop.run();
  EXPECT_GE(gunzip->readable_length(), 1'000'000u);
  EXPECT_LT(gunzip->readable_length(), 1'000'000u + 16 * 1024);
}

// --- The limit ---

TEST_F(Backpressure, MoreOutputThanTheLimitFails) {
  auto gunzip = listened(create_gunzip(loop, {.max_output_length = 100'000}));
  gunzip->end(bomb(20'000'000), cb("endcb"));
  EXPECT_EQ(after_run(), "endcb(ERR_BUFFER_TOO_LARGE) error(ERR_BUFFER_TOO_LARGE) close");
  EXPECT_EQ(failure.message(), "Cannot create a Buffer larger than 100000 bytes");
  EXPECT_LE(output.size(), 100'000u);
}

TEST_F(Backpressure, OutputOfJustTheLimitPasses) {
  const Buffer small = bomb(1000);
  EXPECT_EQ(gunzip_sync(small, {.max_output_length = 1000}).size(), 1000u);
  EXPECT_EQ(test::thrown_by([&] { gunzip_sync(small, {.max_output_length = 999}); }).message(),
            "Cannot create a Buffer larger than 999 bytes");
  auto gunzip = listened(create_gunzip(loop, {.max_output_length = 1000}));
  gunzip->end(small);
  EXPECT_EQ(after_run(), "prefinish finish end close");
  EXPECT_EQ(output.size(), 1000u);
}

TEST_F(Backpressure, BrotliAndZstdHeedTheLimitToo) {
  const Buffer zeros = Buffer::adopt(std::string(1'000'000, '\0'));
  EXPECT_EQ(test::name_of(test::thrown_by([&] {
              brotli_decompress_sync(brotli_compress_sync(zeros), {.max_output_length = 10});
            })),
            "ERR_BUFFER_TOO_LARGE");
  auto stream = listened(create_zstd_decompress(loop, {.max_output_length = 10}));
  stream->end(zstd_compress_sync(zeros));
  EXPECT_EQ(after_run(), "error(ERR_BUFFER_TOO_LARGE) close");
}

}  // namespace
}  // namespace weir::zlib
