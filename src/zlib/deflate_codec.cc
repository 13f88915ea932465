#include "zlib/deflate_codec.h"

#include "zlib/zlib_advance.h"
#include "zlib/zlib_failure.h"

#include <utility>

namespace weir::zlib {
namespace {

// The most input to process on the loop's thread; see Codec::is_quick. Above level 7, deflate may
// examine thousands of positions for each byte.
constexpr std::size_t kMostInputForQuick = 1024;
constexpr int kMostLevelForQuick = 7;

}  // namespace

DeflateCodec::DeflateCodec(ZlibSettings settings) noexcept : settings_(std::move(settings)) {}

DeflateCodec::~DeflateCodec() {
  if (ready_) ::deflateEnd(&stream_);
}

std::optional<Failure> DeflateCodec::code(std::span<const std::byte>& input,
                                          std::span<std::byte>& output, Flush flush) noexcept {
  if (auto failed = prepare()) return failed;
  const int status = advance(stream_, input, output, flush,
                             [](z_stream& stream, int how) { return ::deflate(&stream, how); });
  switch (status) {
    case Z_OK:
    case Z_BUF_ERROR:
      if (!output.empty() && flush == Flush::finish) return unexpected_end();
      return std::nullopt;
    case Z_STREAM_END:
      return std::nullopt;
    default:
      return zlib_failure(stream_, status, "Zlib error");
  }
}

std::optional<Failure> DeflateCodec::reset() noexcept {
  if (!ready_) return std::nullopt;
  if (const int status = ::deflateReset(&stream_); status != Z_OK)
    return zlib_failure(stream_, status, "Failed to reset stream");
  return set_dictionary();
}

bool DeflateCodec::is_quick(std::size_t size) const noexcept {
  return size <= kMostInputForQuick && settings_.level <= kMostLevelForQuick;
}

std::optional<Failure> DeflateCodec::change(const Params& params) noexcept {
  if (auto failed = prepare()) return failed;
  // Everything was flushed, so deflate has no more output.
  stream_.avail_in = 0;
  stream_.avail_out = 0;
  const int status = ::deflateParams(&stream_, params.level, static_cast<int>(params.strategy));
  if (status != Z_OK && status != Z_BUF_ERROR)
    return zlib_failure(stream_, status, "Failed to set parameters");
  settings_.level = params.level;
  return std::nullopt;
}

// At the first use, so on a thread of the pool.
std::optional<Failure> DeflateCodec::prepare() noexcept {
  if (ready_) return std::nullopt;
  const int status = deflateInit2(&stream_, settings_.level, Z_DEFLATED, settings_.window_bits,
                                  settings_.mem_level, settings_.strategy);
  if (status != Z_OK) return zlib_failure(stream_, status, "Init error");
  ready_ = true;
  return set_dictionary();
}

std::optional<Failure> DeflateCodec::set_dictionary() noexcept {
  if (settings_.dictionary.empty()) return std::nullopt;
  const auto* bytes = reinterpret_cast<const Bytef*>(settings_.dictionary.data());
  const int status =
      ::deflateSetDictionary(&stream_, bytes, static_cast<uInt>(settings_.dictionary.size()));
  if (status != Z_OK) return zlib_failure(stream_, status, "Failed to set dictionary");
  return std::nullopt;
}

}  // namespace weir::zlib
