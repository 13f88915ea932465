#include "zlib/brotli_codec.h"

#include "zlib/codec_memory.h"
#include "zlib/range.h"
#include <weir/zlib/errors.h>

#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

#include <brotli/decode.h>
#include <brotli/encode.h>

namespace weir::zlib {
namespace {

constexpr std::size_t kQuickToDecode = 256;  // see Codec::is_quick

Failure no_memory(std::string_view name, std::string_view message) noexcept {
  return {std::make_error_code(std::errc::not_enough_memory), name, message};
}
Failure cannot_create() noexcept {
  return no_memory("ERR_ZLIB_INITIALIZATION_FAILED", "Initialization failed");
}

// The two spans in the form that brotli advances.
struct Cursor {
  Cursor(std::span<const std::byte> input, std::span<std::byte> output) noexcept
      : in_left(input.size()),
        in(reinterpret_cast<const std::uint8_t*>(input.data())),
        out_left(output.size()),
        out(reinterpret_cast<std::uint8_t*>(output.data())) {}

  void store(std::span<const std::byte>& input, std::span<std::byte>& output) const noexcept {
    input = input.last(in_left);
    output = output.last(out_left);
  }

  std::size_t in_left;
  const std::uint8_t* in;
  std::size_t out_left;
  std::uint8_t* out;
};

class BrotliEncoder final : public Codec {
 public:
  explicit BrotliEncoder(const BrotliOptions& options)
      : parameters_{{BROTLI_PARAM_QUALITY, static_cast<std::uint32_t>(options.quality)},
                    {BROTLI_PARAM_LGWIN, static_cast<std::uint32_t>(options.window_bits)},
                    {BROTLI_PARAM_MODE, static_cast<std::uint32_t>(options.mode)},
                    {BROTLI_PARAM_SIZE_HINT, options.size_hint}} {}

  std::optional<Failure> code(std::span<const std::byte>& input, std::span<std::byte>& output,
                              Flush flush) noexcept override {
    if (!state_)
      if (auto failed = reset()) return failed;
    Cursor at(input, output);
    bool coded = false;
    if (!memory_.run([&] {
          coded = ::BrotliEncoderCompressStream(state_, operation(flush), &at.in_left, &at.in,
                                                &at.out_left, &at.out, nullptr);
        })) {
      state_ = nullptr;
      return no_memory(kFailed, "Compression failed: not enough memory");
    }
    at.store(input, output);
    if (coded) return std::nullopt;
    return Failure{{-1, brotli_category()}, kFailed, "Compression failed"};
  }

  std::optional<Failure> reset() noexcept override {
    memory_.free_all();
    state_ = nullptr;
    const bool created = memory_.run([this] {
      state_ = ::BrotliEncoderCreateInstance(CodecMemory::allocate, CodecMemory::free, &memory_);
    });
    if (!created || !state_) return cannot_create();
    for (const auto& [parameter, value] : parameters_)
      if (!::BrotliEncoderSetParameter(state_, parameter, value))
        return Failure{Errc::initialization_failed, "ERR_ZLIB_INITIALIZATION_FAILED",
                       "Initialization failed"};
    return std::nullopt;
  }

  // The byte that completes a block compresses the whole block.
  bool is_quick(std::size_t) const noexcept override { return false; }

 private:
  static constexpr std::string_view kFailed = "ERR_BROTLI_COMPRESSION_FAILED";

  static BrotliEncoderOperation operation(Flush flush) noexcept {
    if (flush == Flush::none) return BROTLI_OPERATION_PROCESS;
    return flush == Flush::finish ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
  }

  std::pair<BrotliEncoderParameter, std::uint32_t> parameters_[4];
  CodecMemory memory_;
  BrotliEncoderState* state_ = nullptr;  // in memory_, which frees it
};

class BrotliDecoder final : public Codec {
 public:
  std::optional<Failure> code(std::span<const std::byte>& input, std::span<std::byte>& output,
                              Flush flush) noexcept override {
    if (!state_)
      if (auto failed = reset()) return failed;
    // A brotli file has one stream. Node drops data after it.
    if (ended_) return input.empty() ? std::nullopt : std::optional(trailing_junk());
    Cursor at(input, output);
    const BrotliDecoderResult result = ::BrotliDecoderDecompressStream(
        state_.get(), &at.in_left, &at.in, &at.out_left, &at.out, nullptr);
    at.store(input, output);
    switch (result) {
      case BROTLI_DECODER_RESULT_ERROR:
        return Failure{{::BrotliDecoderGetErrorCode(state_.get()), brotli_category()},
                       "",  // its code gives the name
                       "Decompression failed"};
      case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        if (flush == Flush::finish) return unexpected_end();
        break;
      case BROTLI_DECODER_RESULT_SUCCESS:
        ended_ = true;
        if (!input.empty()) return trailing_junk();
        break;
      case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        break;
    }
    return std::nullopt;
  }

  std::optional<Failure> reset() noexcept override {
    ended_ = false;
    state_.reset(::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
    if (!state_) return cannot_create();
    return std::nullopt;
  }

  bool is_quick(std::size_t size) const noexcept override { return size <= kQuickToDecode; }

 private:
  struct Destroy {
    void operator()(BrotliDecoderState* state) const { ::BrotliDecoderDestroyInstance(state); }
  };

  std::unique_ptr<BrotliDecoderState, Destroy> state_;
  bool ended_ = false;
};

}  // namespace

// Up to version 1.0.9 the library omits the kind of the error.
std::string brotli_error_name(int code) {
  const std::string name = ::BrotliDecoderErrorString(static_cast<BrotliDecoderErrorCode>(code));
  if (name.starts_with('_') || code >= 0) return name;
  if (code >= BROTLI_DECODER_ERROR_FORMAT_DISTANCE) return "_ERROR_FORMAT_" + name;
  return (is_brotli_allocation_error(code) ? "_ERROR_ALLOC_" : "_ERROR_") + name;
}

bool is_brotli_allocation_error(int code) noexcept {
  return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
         code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
}

std::unique_ptr<Codec> make_brotli_encoder(const BrotliOptions& options) {
  check_range("options.quality", options.quality, BROTLI_MIN_QUALITY, BROTLI_MAX_QUALITY);
  check_range("options.window_bits", options.window_bits, BROTLI_MIN_WINDOW_BITS,
              BROTLI_MAX_WINDOW_BITS);
  check_range("options.mode", static_cast<int>(options.mode), 0, 2);
  return std::make_unique<BrotliEncoder>(options);
}

std::unique_ptr<Codec> make_brotli_decoder() { return std::make_unique<BrotliDecoder>(); }

}  // namespace weir::zlib
