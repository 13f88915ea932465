#include "zlib/zlib_codec.h"

#include "zlib/range.h"
#include "zlib/zlib_advance.h"
#include <weir/zlib/errors.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <zlib.h>

namespace weir::zlib {
namespace {

constexpr int kUsualWindow = 15;
// Added to the window bits, these select a gzip wrapper, or detection of either wrapper.
constexpr int kGzip = 16;
constexpr int kEither = 32;

// The most input to process on the loop's thread; see Codec::is_quick. Above level 7, deflate may
// examine thousands of positions for each byte.
constexpr std::size_t kQuickToDeflate = 1024;
constexpr int kMostForQuick = 7;
constexpr std::size_t kQuickToInflate = 256;

std::string_view status_name(int status) {
  switch (status) {
    case Z_NEED_DICT:
      return "Z_NEED_DICT";
    case Z_ERRNO:
      return "Z_ERRNO";
    case Z_STREAM_ERROR:
      return "Z_STREAM_ERROR";
    case Z_DATA_ERROR:
      return "Z_DATA_ERROR";
    case Z_MEM_ERROR:
      return "Z_MEM_ERROR";
    case Z_BUF_ERROR:
      return "Z_BUF_ERROR";
    case Z_VERSION_ERROR:
      return "Z_VERSION_ERROR";
    default:
      return "Z_OK";
  }
}

// Uses zlib's message if there is one.
Failure failure(const z_stream& stream, int status, const char* message) noexcept {
  return {{status, zlib_category()}, status_name(status), stream.msg ? stream.msg : message};
}

class Deflater final : public Codec {
 public:
  struct Settings {
    int level;
    int window_bits;
    int mem_level;
    int strategy;
    std::vector<std::byte> dictionary;
  };

  explicit Deflater(Settings settings) : settings_(std::move(settings)) {}
  ~Deflater() override {
    if (ready_) ::deflateEnd(&stream_);
  }

  std::optional<Failure> code(std::span<const std::byte>& input, std::span<std::byte>& output,
                              Flush flush) noexcept override {
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
        return failure(stream_, status, "Zlib error");
    }
  }

  std::optional<Failure> reset() noexcept override {
    if (!ready_) return std::nullopt;
    if (const int status = ::deflateReset(&stream_); status != Z_OK)
      return failure(stream_, status, "Failed to reset stream");
    return set_dictionary();
  }

  bool is_quick(std::size_t size) const noexcept override {
    return size <= kQuickToDeflate && settings_.level <= kMostForQuick;
  }

  std::optional<Failure> change(const Params& params) noexcept override {
    if (auto failed = prepare()) return failed;
    // Everything was flushed, so deflate has no more output.
    stream_.avail_in = 0;
    stream_.avail_out = 0;
    const int status = ::deflateParams(&stream_, params.level, static_cast<int>(params.strategy));
    if (status != Z_OK && status != Z_BUF_ERROR)
      return failure(stream_, status, "Failed to set parameters");
    settings_.level = params.level;
    return std::nullopt;
  }

 private:
  // At the first use, so on a thread of the pool.
  std::optional<Failure> prepare() noexcept {
    if (ready_) return std::nullopt;
    const int status = deflateInit2(&stream_, settings_.level, Z_DEFLATED, settings_.window_bits,
                                    settings_.mem_level, settings_.strategy);
    if (status != Z_OK) return failure(stream_, status, "Init error");
    ready_ = true;
    return set_dictionary();
  }

  std::optional<Failure> set_dictionary() noexcept {
    if (settings_.dictionary.empty()) return std::nullopt;
    const auto* bytes = reinterpret_cast<const Bytef*>(settings_.dictionary.data());
    const int status =
        ::deflateSetDictionary(&stream_, bytes, static_cast<uInt>(settings_.dictionary.size()));
    if (status != Z_OK) return failure(stream_, status, "Failed to set dictionary");
    return std::nullopt;
  }

  Settings settings_;
  z_stream stream_{};
  bool ready_ = false;
};

class Inflater final : public Codec {
 public:
  Inflater(int window_bits, std::vector<std::byte> dictionary, bool rejects_garbage)
      : window_bits_(window_bits),
        dictionary_(std::move(dictionary)),
        rejects_garbage_(rejects_garbage) {}
  ~Inflater() override {
    if (ready_) ::inflateEnd(&stream_);
  }

  std::optional<Failure> code(std::span<const std::byte>& input, std::span<std::byte>& output,
                              Flush flush) noexcept override {
    if (auto failed = prepare()) return failed;
    if (rejects_garbage_) return inflate_all(input, output, flush);
    for (;;) {
      if (between_members_) {
        if (!skip_padding(input)) return std::nullopt;
        if (auto failed = begin_member(input)) return failed;
      }
      const int status = inflate_member(input, output, flush);
      between_members_ = status == Z_STREAM_END && is_gzip();
      if (!between_members_) return outcome(status, output, flush);
    }
  }

  std::optional<Failure> reset() noexcept override {
    if (!ready_) return std::nullopt;
    between_members_ = false;
    has_ended_ = false;
    if (const int status = ::inflateReset(&stream_); status != Z_OK)
      return failure(stream_, status, "Failed to reset stream");
    return begin();
  }

  bool is_quick(std::size_t size) const noexcept override { return size <= kQuickToInflate; }

 private:
  bool is_raw() const noexcept { return window_bits_ < 0; }
  const Bytef* dictionary() const noexcept {
    return reinterpret_cast<const Bytef*>(dictionary_.data());
  }
  uInt dictionary_size() const noexcept { return static_cast<uInt>(dictionary_.size()); }

  std::optional<Failure> prepare() noexcept {
    if (ready_) return std::nullopt;
    if (const int status = inflateInit2(&stream_, window_bits_); status != Z_OK)
      return failure(stream_, status, "Init error");
    ready_ = true;
    return begin();
  }

  std::optional<Failure> begin() noexcept {
    ::inflateGetHeader(&stream_, &header_);  // refused for formats without a header
    // Raw data does not announce that it needs a dictionary.
    if (!is_raw() || dictionary_.empty()) return std::nullopt;
    const int status = ::inflateSetDictionary(&stream_, dictionary(), dictionary_size());
    if (status != Z_OK) return failure(stream_, status, "Failed to set dictionary");
    return std::nullopt;
  }

  bool is_gzip() const noexcept { return header_.done == 1; }

  // Zeros pad a file to the size of a block. Returns false if there is no other data yet.
  static bool skip_padding(std::span<const std::byte>& input) noexcept {
    const auto member =
        std::ranges::find_if(input, [](std::byte byte) { return byte != std::byte{0}; });
    input = input.subspan(static_cast<std::size_t>(member - input.begin()));
    return !input.empty();
  }

  std::optional<Failure> begin_member(std::span<const std::byte> input) noexcept {
    // zlib alone would wait for a second byte.
    if (input.front() != kMagic) return Failure{Errc::data_error, "Z_DATA_ERROR", kNoHeader};
    return reset();
  }

  // Input that is only compressed data.
  std::optional<Failure> inflate_all(std::span<const std::byte>& input,
                                     std::span<std::byte>& output, Flush flush) noexcept {
    int status = Z_STREAM_END;
    if (!has_ended_) status = inflate_member(input, output, flush);
    has_ended_ = status == Z_STREAM_END;
    if (has_ended_ && !input.empty()) return trailing_junk();
    return outcome(status, output, flush);
  }

  int inflate_member(std::span<const std::byte>& input, std::span<std::byte>& output,
                     Flush flush) noexcept {
    const int status = inflate(input, output, flush);
    if (status != Z_NEED_DICT || dictionary_.empty() || is_raw()) return status;
    switch (const int set = ::inflateSetDictionary(&stream_, dictionary(), dictionary_size())) {
      case Z_OK:
        return inflate(input, output, flush);
      case Z_DATA_ERROR:
        return Z_NEED_DICT;  // the dictionary is wrong, not the input
      default:
        return set;
    }
  }

  int inflate(std::span<const std::byte>& input, std::span<std::byte>& output,
              Flush flush) noexcept {
    return advance(stream_, input, output, flush,
                   [](z_stream& stream, int how) { return ::inflate(&stream, how); });
  }

  std::optional<Failure> outcome(int status, std::span<std::byte> output,
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
        return failure(stream_, status,
                       dictionary_.empty() ? "Missing dictionary" : "Bad dictionary");
      default:
        return failure(stream_, status, "Zlib error");
    }
  }

  static constexpr std::byte kMagic{0x1f};
  static constexpr std::string_view kNoHeader = "incorrect header check";  // zlib's message

  int window_bits_;
  std::vector<std::byte> dictionary_;
  bool rejects_garbage_;
  z_stream stream_{};
  gz_header header_{};  // filled in by zlib
  bool ready_ = false;
  bool between_members_ = false;
  bool has_ended_ = false;  // with reject_garbage_after_end
};

bool compresses(ZlibMode mode) noexcept {
  return mode == ZlibMode::deflate || mode == ZlibMode::gzip || mode == ZlibMode::deflate_raw;
}

// 0 means the window size in the input; raw data has none.
bool may_name_no_window(ZlibMode mode) noexcept {
  return mode == ZlibMode::inflate || mode == ZlibMode::gunzip || mode == ZlibMode::unzip;
}

int window_bits(ZlibMode mode, std::optional<int> option) {
  int bits = option.value_or(may_name_no_window(mode) ? 0 : kUsualWindow);
  if (bits != 0 || !may_name_no_window(mode))
    check_range("options.window_bits", bits, mode == ZlibMode::gzip ? 9 : 8, 15);
  switch (mode) {
    case ZlibMode::gzip:
    case ZlibMode::gunzip:
      return bits + kGzip;
    case ZlibMode::unzip:
      return bits + kEither;
    case ZlibMode::deflate_raw:
      // zlib would use 9, and without a header the decoder would not know.
      return bits == 8 ? -9 : -bits;
    case ZlibMode::inflate_raw:
      return -bits;
    case ZlibMode::deflate:
    case ZlibMode::inflate:
      break;
  }
  return bits;
}

std::vector<std::byte> dictionary_for(ZlibMode mode, const Buffer& dictionary) {
  if (mode == ZlibMode::gzip) return {};  // the format has no dictionary id
  return {dictionary.bytes().begin(), dictionary.bytes().end()};
}

}  // namespace

void check_params(int level, Strategy strategy, const char* prefix) {
  check_range(fmt::format("{}level", prefix), level, -1, 9);
  check_range(fmt::format("{}strategy", prefix), static_cast<int>(strategy), 0, 4);
}

std::unique_ptr<Codec> make_zlib_codec(ZlibMode mode, const ZlibOptions& options) {
  const int bits = window_bits(mode, options.window_bits);
  check_range("options.mem_level", options.mem_level, 1, 9);
  check_params(options.level, options.strategy, "options.");
  std::vector<std::byte> dictionary = dictionary_for(mode, options.dictionary);
  if (compresses(mode))
    return std::make_unique<Deflater>(Deflater::Settings{
        .level = options.level,
        .window_bits = bits,
        .mem_level = options.mem_level,
        .strategy = static_cast<int>(options.strategy),
        .dictionary = std::move(dictionary),
    });
  return std::make_unique<Inflater>(bits, std::move(dictionary), options.reject_garbage_after_end);
}

}  // namespace weir::zlib
