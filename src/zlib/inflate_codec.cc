#include "zlib/inflate_codec.h"

#include "zlib/zlib_advance.h"
#include "zlib/zlib_failure.h"
#include <weir/zlib/errors.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace weir::zlib {
namespace {

// The most input to process on the loop's thread; see Codec::is_quick.
constexpr std::size_t kMostInputForQuick = 256;

constexpr std::byte kMagic{0x1f};                                 // the first byte of a gzip member
constexpr std::string_view kNoHeader = "incorrect header check";  // zlib's message

// Zeros pad a file to the size of a block. Returns false if there is no other data yet.
bool skip_padding(std::span<const std::byte>& input) noexcept {
  const auto member =
      std::ranges::find_if(input, [](std::byte byte) { return byte != std::byte{0}; });
  input = input.subspan(static_cast<std::size_t>(member - input.begin()));
  return !input.empty();
}

}  // namespace

InflateCodec::InflateCodec(ZlibSettings settings) noexcept : settings_(std::move(settings)) {}

InflateCodec::~InflateCodec() {
  if (ready_) ::inflateEnd(&stream_);
}

std::optional<Failure> InflateCodec::code(std::span<const std::byte>& input,
                                          std::span<std::byte>& output, Flush flush) noexcept {
  if (auto failed = prepare()) return failed;
  if (settings_.rejects_garbage) return inflate_all(input, output, flush);
  for (;;) {
    if (place_ == Place::between_members) {
      if (!skip_padding(input)) return std::nullopt;
      if (auto failed = begin_member(input)) return failed;
    }
    const int status = inflate_member(input, output, flush);
    if (status != Z_STREAM_END || !is_gzip()) return outcome(status, output, flush);
    place_ = Place::between_members;
  }
}

// Input that is only compressed data.
std::optional<Failure> InflateCodec::inflate_all(std::span<const std::byte>& input,
                                                 std::span<std::byte>& output,
                                                 Flush flush) noexcept {
  int status = Z_STREAM_END;
  if (place_ != Place::ended) status = inflate_member(input, output, flush);
  if (status == Z_STREAM_END) place_ = Place::ended;
  if (place_ == Place::ended && !input.empty()) return trailing_junk();
  return outcome(status, output, flush);
}

std::optional<Failure> InflateCodec::reset() noexcept {
  if (!ready_) return std::nullopt;
  place_ = Place::in_data;
  if (const int status = ::inflateReset(&stream_); status != Z_OK)
    return zlib_failure(stream_, status, "Failed to reset stream");
  return begin();
}

bool InflateCodec::is_quick(std::size_t size) const noexcept { return size <= kMostInputForQuick; }

// At the first use, so on a thread of the pool.
std::optional<Failure> InflateCodec::prepare() noexcept {
  if (ready_) return std::nullopt;
  if (const int status = inflateInit2(&stream_, settings_.window_bits); status != Z_OK)
    return zlib_failure(stream_, status, "Init error");
  ready_ = true;
  return begin();
}

std::optional<Failure> InflateCodec::begin() noexcept {
  ::inflateGetHeader(&stream_, &header_);  // refused for formats without a header
  // Raw data does not announce that it needs a dictionary.
  if (!is_raw() || settings_.dictionary.empty()) return std::nullopt;
  if (const int status = set_dictionary(); status != Z_OK)
    return zlib_failure(stream_, status, "Failed to set dictionary");
  return std::nullopt;
}

std::optional<Failure> InflateCodec::begin_member(std::span<const std::byte> input) noexcept {
  // zlib alone would wait for a second byte.
  if (input.front() != kMagic) return Failure{Errc::data_error, "Z_DATA_ERROR", kNoHeader};
  return reset();
}

int InflateCodec::inflate_member(std::span<const std::byte>& input, std::span<std::byte>& output,
                                 Flush flush) noexcept {
  const int status = inflate(input, output, flush);
  if (status != Z_NEED_DICT || settings_.dictionary.empty() || is_raw()) return status;
  switch (const int set = set_dictionary()) {
    case Z_OK:
      return inflate(input, output, flush);
    case Z_DATA_ERROR:
      return Z_NEED_DICT;  // the dictionary is wrong, not the input
    default:
      return set;
  }
}

int InflateCodec::inflate(std::span<const std::byte>& input, std::span<std::byte>& output,
                          Flush flush) noexcept {
  return advance(stream_, input, output, flush,
                 [](z_stream& stream, int how) { return ::inflate(&stream, how); });
}

int InflateCodec::set_dictionary() noexcept {
  return ::inflateSetDictionary(&stream_,
                                reinterpret_cast<const Bytef*>(settings_.dictionary.data()),
                                static_cast<uInt>(settings_.dictionary.size()));
}

std::optional<Failure> InflateCodec::outcome(int status, std::span<std::byte> output,
                                             Flush flush) const noexcept {
  switch (status) {
    case Z_OK:
    case Z_BUF_ERROR:
      if (!output.empty() && flush == Flush::finish) {
        Failure ended = unexpected_end();
        if (stream_.msg) ended.message = stream_.msg;
        return ended;
      }
      return std::nullopt;
    case Z_STREAM_END:
      return std::nullopt;
    case Z_NEED_DICT:
      return zlib_failure(stream_, status,
                          settings_.dictionary.empty() ? "Missing dictionary" : "Bad dictionary");
    default:
      return zlib_failure(stream_, status, "Zlib error");
  }
}

}  // namespace weir::zlib
