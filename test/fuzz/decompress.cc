// Any bytes into each decompressor, whole and in pieces: an error or the same output, which never
// is more than was asked for.
#include "support/require.h"
#include "zlib/brotli_codec.h"
#include "zlib/coder.h"
#include "zlib/zlib_codec.h"
#include "zlib/zstd_codec.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace {

using weir::test::require;

using namespace weir::zlib;

constexpr std::size_t kMost = std::size_t{1} << 18;
constexpr std::size_t kChunk = 1024;

std::unique_ptr<Codec> make_decoder(std::uint8_t format) {
  switch (format % 6) {
    case 0:
      return make_zlib_codec(ZlibMode::gunzip, {});
    case 1:
      return make_zlib_codec(ZlibMode::inflate, {});
    case 2:
      return make_zlib_codec(ZlibMode::inflate_raw, {});
    case 3:
      return make_zlib_codec(ZlibMode::unzip, {});
    case 4:
      return make_brotli_decoder();
    default:
      return make_zstd_decoder({});
  }
}

struct Decoded {
  std::string text;
  bool failed = false;
  bool is_cut = false;  // at kMost
};

Decoded decode(std::uint8_t format, std::span<const std::byte> bytes, std::size_t piece) {
  Coder coder(make_decoder(format), kChunk);
  Decoded decoded;
  while (!decoded.failed && !decoded.is_cut) {
    std::span<const std::byte> input = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(input.size());
    const Flush flush = bytes.empty() ? Flush::finish : Flush::none;
    Coder::Output output;
    do {
      const std::size_t enough = 4 * kChunk;
      output = coder.run(input, flush, enough);
      std::size_t got = 0;
      for (const std::string& text : output.pieces) {
        require(text.size() <= kChunk);
        got += text.size();
        decoded.text += text;
      }
      require(got <= enough + kChunk);
      decoded.failed = output.failure.has_value();
      decoded.is_cut = decoded.text.size() >= kMost;
    } while (output.more && !decoded.failed && !decoded.is_cut);
    if (bytes.empty()) break;
  }
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data) + 2, size - 2);
  const Decoded whole = decode(data[0], bytes, bytes.size());
  const Decoded pieces = decode(data[0], bytes, 1 + data[1]);
  if (whole.is_cut || pieces.is_cut) return 0;
  require(whole.failed == pieces.failed);
  if (!whole.failed) require(whole.text == pieces.text);
  return 0;
}
