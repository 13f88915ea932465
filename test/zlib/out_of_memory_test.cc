// An allocation that fails is an error, whichever it is: of zlib, brotli or zstd, or of weir on its
// way to them. Each fails in turn, alone or with all after it.

#include "support/sanitizer.h"
#include "support/zlib_test.h"
#include "zlib/brotli_codec.h"
#include "zlib/coder.h"
#include "zlib/zlib_codec.h"
#include "zlib/zstd_codec.h"
#include <weir/zlib/errors.h>
#include <weir/zlib/streams.h>
#include <weir/zlib/sync.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#define WEIR_TEST_OWNS_MALLOC (!WEIR_TEST_ADDRESS_SANITIZER && !WEIR_TEST_THREAD_SANITIZER)

namespace {

// The allocations that fail: of this thread, or of all others.
struct FailingMalloc {
  std::atomic<bool> armed = false;
  std::atomic<bool> here = false;
  std::atomic<bool> for_good = false;
  std::atomic<std::size_t> left = 0;  // that succeed before
  std::atomic<std::size_t> failed = 0;
  std::atomic<std::ptrdiff_t> live = 0;  // allocated and not freed
};
constinit FailingMalloc failing_malloc;
thread_local constinit bool is_test_thread = false;

[[maybe_unused]] bool may_allocate() noexcept {
  FailingMalloc& self = failing_malloc;
  if (self.armed && self.here == is_test_thread) {
    if (self.left == 0) {
      if (!self.for_good) self.armed = false;
      ++self.failed;
      errno = ENOMEM;
      return false;
    }
    --self.left;
  }
  ++self.live;
  return true;
}

}  // namespace

#if WEIR_TEST_OWNS_MALLOC
// In place of the C library's, for the libraries as well.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void __libc_free(void* address);

void* malloc(std::size_t size) { return may_allocate() ? __libc_malloc(size) : nullptr; }
void* calloc(std::size_t count, std::size_t size) {
  return may_allocate() ? __libc_calloc(count, size) : nullptr;
}
void free(void* address) {
  if (address) --failing_malloc.live;
  __libc_free(address);
}
}
#endif

namespace weir::zlib {
namespace {

// Where `left` allocations succeed before one fails; all after it do as well if it is `for_good`.
struct Shortage {
  std::size_t left;
  bool for_good;
};
std::ostream& operator<<(std::ostream& out, const Shortage& shortage) {
  return out << (shortage.for_good ? "all after " : "the one after ") << shortage.left;
}

constexpr Shortage kPlenty{static_cast<std::size_t>(-1), false};

using MakeCodec = std::function<std::unique_ptr<Codec>()>;

struct AllocatingFormat {
  std::string_view name;
  MakeCodec compressor;
  MakeCodec decompressor;
  std::function<Ref<CompressionStream>(Loop&)> compress;
  std::function<Ref<CompressionStream>(Loop&)> decompress;
  std::function<Buffer(const Buffer&)> compress_sync;
  std::function<Buffer(const Buffer&)> decompress_sync;
};
std::ostream& operator<<(std::ostream& out, const AllocatingFormat& format) {
  return out << format.name;
}

AllocatingFormat zlib_format(std::string_view name, ZlibMode to, ZlibMode from,
                             const ZlibOptions& options) {
  return {name,
          [=] { return make_zlib_codec(to, options); },
          [=] { return make_zlib_codec(from, options); },
          [=](Loop& loop) -> Ref<CompressionStream> {
            return to == ZlibMode::gzip      ? create_gzip(loop, options)
                   : to == ZlibMode::deflate ? create_deflate(loop, options)
                                             : create_deflate_raw(loop, options);
          },
          [=](Loop& loop) -> Ref<CompressionStream> {
            return to == ZlibMode::gzip      ? create_gunzip(loop, options)
                   : to == ZlibMode::deflate ? create_inflate(loop, options)
                                             : create_inflate_raw(loop, options);
          },
          [=](const Buffer& input) {
            return to == ZlibMode::gzip      ? gzip_sync(input, options)
                   : to == ZlibMode::deflate ? deflate_sync(input, options)
                                             : deflate_raw_sync(input, options);
          },
          [=](const Buffer& input) {
            return to == ZlibMode::gzip      ? gunzip_sync(input, options)
                   : to == ZlibMode::deflate ? inflate_sync(input, options)
                                             : inflate_raw_sync(input, options);
          }};
}
AllocatingFormat brotli_format(std::string_view name, const BrotliOptions& options) {
  return {name,
          [=] { return make_brotli_encoder(options); },
          [] { return make_brotli_decoder(); },
          [=](Loop& loop) { return create_brotli_compress(loop, options); },
          [](Loop& loop) { return create_brotli_decompress(loop); },
          [=](const Buffer& input) { return brotli_compress_sync(input, options); },
          [](const Buffer& input) { return brotli_decompress_sync(input); }};
}
AllocatingFormat zstd_format(std::string_view name, const ZstdOptions& options) {
  return {name,
          [=] { return make_zstd_encoder(options); },
          [=] { return make_zstd_decoder(options); },
          [=](Loop& loop) { return create_zstd_compress(loop, options); },
          [=](Loop& loop) { return create_zstd_decompress(loop, options); },
          [=](const Buffer& input) { return zstd_compress_sync(input, options); },
          [=](const Buffer& input) { return zstd_decompress_sync(input, options); }};
}

const Buffer kDictionary = Buffer::literal("stream drain finish");
const AllocatingFormat kAllocatingFormats[] = {
    zlib_format("gzip", ZlibMode::gzip, ZlibMode::gunzip, {}),
    zlib_format("deflate", ZlibMode::deflate, ZlibMode::inflate, {.dictionary = kDictionary}),
    zlib_format("deflate_raw", ZlibMode::deflate_raw, ZlibMode::inflate_raw,
                {.dictionary = kDictionary}),
    brotli_format("brotli_0", {.quality = 0}),
    brotli_format("brotli_1", {.quality = 1}),
    brotli_format("brotli_3", {.quality = 3}),
    brotli_format("brotli_5", {.quality = 5, .window_bits = 16}),
    brotli_format("brotli_9", {.quality = 9}),
    brotli_format("brotli_11", {.quality = 11}),
    zstd_format("zstd", {}),
    zstd_format("zstd_19", {.level = 19, .dictionary = kDictionary, .checksum = true}),
};

class OutOfMemoryTest : public test::ZlibTest,
                        public testing::WithParamInterface<AllocatingFormat> {
 protected:
  OutOfMemoryTest() { is_test_thread = true; }

  void SetUp() override {
    if (!WEIR_TEST_OWNS_MALLOC) GTEST_SKIP() << "the heap is a sanitizer's";
  }

  // The result of `use` under the shortage, on this thread or on the others.
  template <class Use>
  static void under(const Shortage& shortage, bool here, Use use) {
    FailingMalloc& self = failing_malloc;
    self.here = here;
    self.for_good = shortage.for_good;
    self.left = shortage.left;
    self.armed = true;
    use();
    self.armed = false;
  }

  // Calls `use` with an increasing number of successful allocations, until all succeed. Ends the
  // process if a failure has a wrong effect.
  template <class Use>
  static void sweep(Use use) {
    for (const bool for_good : {false, true}) {
      std::size_t left = 0;
      do {
        failing_malloc.failed = 0;
        use(Shortage{left, for_good});
        ASSERT_LT(left, 5000u);
      } while (++left, failing_malloc.failed > 0);
      EXPECT_GT(left, 2u);
    }
  }

  struct Coded {
    std::string text;
    std::optional<Failure> failure;
  };

  // All of `given` in one call.
  static Coded code(const MakeCodec& make, std::string_view given, const Shortage& shortage) {
    Coder coder(make(), 1024);
    auto bytes = std::as_bytes(std::span(given));
    Coder::Output output;
    under(shortage, true, [&] { output = coder.run(bytes, Flush::finish, std::size_t{1} << 30); });
    Coded coded{.text = {}, .failure = output.failure};
    for (const std::string& piece : output.pieces) coded.text += piece;
    return coded;
  }

  // An error or the whole result, with no memory left allocated. A failed allocation may be
  // harmless: a string stays unshrunk.
  static void expect_borne(const MakeCodec& make, std::string_view given) {
    const std::string whole = code(make, given, kPlenty).text;
    sweep([&](const Shortage& shortage) {
      const std::ptrdiff_t before = live();
      bool borne = false;
      {
        const Coded coded = code(make, given, shortage);
        borne = coded.failure ? failed() && coded.failure->code == std::errc::not_enough_memory
                              : coded.text == whole;
      }
      EXPECT_EQ(live(), before) << shortage;
      EXPECT_TRUE(borne) << shortage;
    });
  }

  static bool failed() { return failing_malloc.failed > 0; }
  static std::ptrdiff_t live() { return failing_malloc.live; }

  const std::string text = test::text_of(6'000);
  const Buffer input = Buffer::borrow(text);
};

INSTANTIATE_TEST_SUITE_P(Formats, OutOfMemoryTest, testing::ValuesIn(kAllocatingFormats),
                         [](const auto& of) { return std::string(of.param.name); });

TEST_P(OutOfMemoryTest, ACodecReportsAFailedAllocation) {
  expect_borne(GetParam().compressor, text);
  expect_borne(GetParam().decompressor, GetParam().compress_sync(input).text());
}

// On a thread of the pool.
TEST_P(OutOfMemoryTest, AStreamThatFailsToAllocateEmitsAnErrorAndCloses) {
  const Buffer small = GetParam().compress_sync(input);
  const auto run = [&](const Ref<CompressionStream>& stream, const Buffer& given,
                       std::string_view expected, const Shortage& shortage) {
    output.clear();
    failure = {};
    listened(stream);
    under(shortage, false, [&] {
      stream->end(given);
      loop.run();
    });
    EXPECT_TRUE(log.take().ends_with("close")) << shortage;
    if (failure) {
      EXPECT_EQ(failure.code(), std::errc::not_enough_memory) << shortage << ' ' << failure.what();
      EXPECT_TRUE(failed());
    } else {
      EXPECT_TRUE(output == expected) << shortage;
    }
  };
  const std::string streamed = through(GetParam().compress(loop), text, text.size());
  sweep(
      [&](const Shortage& shortage) { run(GetParam().compress(loop), input, streamed, shortage); });
  sweep([&](const Shortage& shortage) { run(GetParam().decompress(loop), small, text, shortage); });
}

TEST_P(OutOfMemoryTest, AFunctionThatFailsToAllocateThrows) {
  const Buffer small = GetParam().compress_sync(input);
  const auto run = [&](const auto& function, const Buffer& given, std::string_view expected,
                       const Shortage& shortage) {
    bool thrown = false;
    Buffer result;
    under(shortage, true, [&] {
      try {
        result = function(given);
      } catch (const Error& error) {
        failing_malloc.armed = false;
        thrown = true;
        EXPECT_EQ(error.code(), std::errc::not_enough_memory) << shortage;
      } catch (const std::bad_alloc&) {
        failing_malloc.armed = false;
        thrown = true;
      }
    });
    EXPECT_TRUE(thrown ? failed() : result.text() == expected) << shortage;
  };
  sweep([&](const Shortage& shortage) {
    run(GetParam().compress_sync, input, small.text(), shortage);
  });
  sweep([&](const Shortage& shortage) { run(GetParam().decompress_sync, small, text, shortage); });
}

TEST(OutOfMemoryCodesTest, OfEveryLibraryAreOneCondition) {
  for (const std::error_code& code :
       {std::error_code(-4, zlib_category()), std::error_code(-21, brotli_category()),
        std::error_code(-30, brotli_category()), std::error_code(64, zstd_category())})
    EXPECT_EQ(code, std::errc::not_enough_memory) << code.message();
  for (const std::error_code& code :
       {std::error_code(-3, zlib_category()), std::error_code(-20, brotli_category()),
        std::error_code(-31, brotli_category()), std::error_code(10, zstd_category())})
    EXPECT_NE(code, std::errc::not_enough_memory) << code.message();
}

}  // namespace
}  // namespace weir::zlib
