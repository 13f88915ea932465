#include <weir/zlib/async.h>

#include "support/zlib_test.h"
#include <weir/zlib/errors.h>

#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace weir::zlib {
namespace {

using test::noise_of;
using test::text_of;
using test::thrown_by;

class AsyncTest : public test::ZlibTest {
 protected:
  struct Outcome {
    Error error;
    Buffer result;
    int calls = 0;
  };
  // A callback that keeps its arguments.
  CodedCallback into(Outcome& outcome) {
    return [&outcome](const Error& error, Buffer result) {
      outcome.error = error;
      outcome.result = std::move(result);
      ++outcome.calls;
    };
  }
  // The arguments of the callback, which must run after the function has returned.
  template <class Code>
  Outcome outcome_of(Code code, const Buffer& input) {
    Outcome outcome;
    code(loop, input, into(outcome));
    EXPECT_EQ(outcome.calls, 0);
    loop.run();
    EXPECT_EQ(outcome.calls, 1);
    return outcome;
  }
};

TEST_F(AsyncTest, GivesTheResultOfTheSynchronousFunction) {
  using Code = void (*)(Loop&, Buffer, CodedCallback);
  struct Format {
    const char* name;
    Code pack;
    Code unpack;
    Buffer (*pack_sync)(const Buffer& input);
  };
  const Format formats[] = {
      {"gzip", gzip, gunzip, [](const Buffer& input) { return gzip_sync(input); }},
      {"gzip", gzip, unzip, [](const Buffer& input) { return gzip_sync(input); }},
      {"deflate", deflate, inflate, [](const Buffer& input) { return deflate_sync(input); }},
      {"deflate", deflate, unzip, [](const Buffer& input) { return deflate_sync(input); }},
      {"raw", deflate_raw, inflate_raw,
       [](const Buffer& input) { return deflate_raw_sync(input); }},
      {"brotli", brotli_compress, brotli_decompress,
       [](const Buffer& input) { return brotli_compress_sync(input); }},
      {"zstd", zstd_compress, zstd_decompress,
       [](const Buffer& input) { return zstd_compress_sync(input); }},
  };
  for (const std::string& text : {std::string("hello"), text_of(300'000), noise_of(100'000)}) {
    const Buffer input = Buffer::copy(text);
    for (const Format& format : formats) {
      const Outcome packed = outcome_of(format.pack, input);
      EXPECT_FALSE(packed.error) << format.name << " " << packed.error;
      EXPECT_TRUE(packed.result == format.pack_sync(input)) << format.name;
      const Outcome unpacked = outcome_of(format.unpack, packed.result);
      EXPECT_FALSE(unpacked.error) << format.name << " " << unpacked.error;
      EXPECT_TRUE(unpacked.result == input) << format.name;
    }
  }
}

TEST_F(AsyncTest, TakesTheOptionsOfTheStream) {
  const Buffer input = Buffer::copy(text_of(100'000));
  Outcome stored, best;
  gzip(loop, input, {.level = 0}, into(stored));
  gzip(loop, input, {.level = 9}, into(best));
  loop.run();
  EXPECT_EQ(stored.result, gzip_sync(input, {.level = 0}));
  EXPECT_EQ(best.result, gzip_sync(input, {.level = 9}));
  EXPECT_LT(best.result.size(), stored.result.size());
}

TEST_F(AsyncTest, FailsAsTheStreamDoesAndWithoutBytes) {
  const Buffer packed = gzip_sync(Buffer::copy(text_of(100'000)));
  Outcome garbage, empty, cut, large;
  gunzip(loop, Buffer::literal("nonsense"), into(garbage));
  gunzip(loop, Buffer(), into(empty));
  gunzip(loop, packed.slice(0, packed.size() / 2), into(cut));
  gunzip(loop, packed, {.max_output_length = 10}, into(large));
  loop.run();
  EXPECT_EQ(garbage.error, Errc::data_error);
  EXPECT_EQ(empty.error, Errc::buffer_error);
  EXPECT_EQ(cut.error, Errc::buffer_error);
  EXPECT_EQ(large.error, weir::Errc::buffer_too_large);
  for (const Outcome* const outcome : {&garbage, &empty, &cut, &large}) {
    EXPECT_EQ(outcome->calls, 1);
    EXPECT_TRUE(outcome->result.empty());
  }
}

TEST_F(AsyncTest, TakesACutInputWhereItIsAskedTo) {
  const Buffer packed = gzip_sync(Buffer::literal("hello"));
  Outcome outcome;
  gunzip(loop, packed.slice(0, 20), {.finish_flush = Flush::sync}, into(outcome));
  loop.run();
  EXPECT_FALSE(outcome.error) << outcome.error;
  EXPECT_EQ(outcome.result.text(), "hello");
}

TEST_F(AsyncTest, ThrowsForOptionsAtOnce) {
  EXPECT_EQ(thrown_by([&] { gzip(loop, Buffer(), {.level = 99}, nullptr); }),
            weir::Errc::out_of_range);
}

TEST_F(AsyncTest, ThrowsForAnEmptyCallback) {
  EXPECT_EQ(thrown_by([&] { gzip(loop, Buffer(), nullptr); }), weir::Errc::invalid_arg_type);
  EXPECT_EQ(after_run(), "");
}

TEST_F(AsyncTest, IsAbortedByItsSignal) {
  std::stop_source stop;
  Outcome before, during;
  gzip(loop, Buffer::copy(noise_of(1 << 20)), {.signal = stop.get_token()}, into(during));
  loop.set_immediate([&] { stop.request_stop(); });
  loop.run();
  EXPECT_EQ(during.error, weir::Errc::aborted);
  gzip(loop, Buffer::literal("x"), {.signal = stop.get_token()}, into(before));
  loop.run();
  EXPECT_EQ(before.error, weir::Errc::aborted);
  EXPECT_EQ(before.calls + during.calls, 2);
}

TEST_F(AsyncTest, IsDroppedWithItsLoop) {
  bool called = false;
  auto short_lived = std::make_optional<Loop>();
  gzip(*short_lived, Buffer::copy(text_of(1 << 20)), [&](const Error&, Buffer) { called = true; });
  short_lived->poll();
  short_lived.reset();
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace weir::zlib
