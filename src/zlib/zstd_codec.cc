#include "zlib/zstd_codec.h"

#include "zlib/codec_memory.h"
#include "zlib/range.h"
#include <weir/zlib/errors.h>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#define ZSTD_STATIC_LINKING_ONLY  // for ZSTD_createCCtx_advanced
#include <zstd.h>
#include <zstd_errors.h>

namespace weir::zlib {
namespace {

constexpr std::size_t kQuickToDecode = 256;  // see Codec::is_quick
// Node's; zstd takes the largest numbers for special values.
constexpr std::uint64_t kLargestPledge = (std::uint64_t{1} << 53) - 1;

// The names in zstd_errors.h.
std::string_view name_of(ZSTD_ErrorCode code) noexcept {
  struct Named {
    ZSTD_ErrorCode code;
    std::string_view name;
  };
  static constexpr Named kNames[] = {
      {ZSTD_error_prefix_unknown, "ZSTD_error_prefix_unknown"},
      {ZSTD_error_version_unsupported, "ZSTD_error_version_unsupported"},
      {ZSTD_error_frameParameter_unsupported, "ZSTD_error_frameParameter_unsupported"},
      {ZSTD_error_frameParameter_windowTooLarge, "ZSTD_error_frameParameter_windowTooLarge"},
      {ZSTD_error_corruption_detected, "ZSTD_error_corruption_detected"},
      {ZSTD_error_checksum_wrong, "ZSTD_error_checksum_wrong"},
      {ZSTD_error_dictionary_corrupted, "ZSTD_error_dictionary_corrupted"},
      {ZSTD_error_dictionary_wrong, "ZSTD_error_dictionary_wrong"},
      {ZSTD_error_dictionaryCreation_failed, "ZSTD_error_dictionaryCreation_failed"},
      {ZSTD_error_parameter_unsupported, "ZSTD_error_parameter_unsupported"},
      {ZSTD_error_parameter_outOfBound, "ZSTD_error_parameter_outOfBound"},
      {ZSTD_error_tableLog_tooLarge, "ZSTD_error_tableLog_tooLarge"},
      {ZSTD_error_maxSymbolValue_tooLarge, "ZSTD_error_maxSymbolValue_tooLarge"},
      {ZSTD_error_maxSymbolValue_tooSmall, "ZSTD_error_maxSymbolValue_tooSmall"},
      {ZSTD_error_stage_wrong, "ZSTD_error_stage_wrong"},
      {ZSTD_error_init_missing, "ZSTD_error_init_missing"},
      {ZSTD_error_memory_allocation, "ZSTD_error_memory_allocation"},
      {ZSTD_error_workSpace_tooSmall, "ZSTD_error_workSpace_tooSmall"},
      {ZSTD_error_dstSize_tooSmall, "ZSTD_error_dstSize_tooSmall"},
      {ZSTD_error_srcSize_wrong, "ZSTD_error_srcSize_wrong"},
      {ZSTD_error_dstBuffer_null, "ZSTD_error_dstBuffer_null"},
  };
  for (const Named& named : kNames)
    if (named.code == code) return named.name;
  return "ZSTD_error_GENERIC";
}

std::optional<Failure> failure_of(std::size_t result) noexcept {
  if (!::ZSTD_isError(result)) return std::nullopt;
  const ZSTD_ErrorCode code = ::ZSTD_getErrorCode(result);
  return Failure{{code, zstd_category()}, name_of(code), ::ZSTD_getErrorString(code)};
}

using Parameters = std::vector<std::pair<ZSTD_cParameter, int>>;

// The parameters that differ from the defaults. ERRORS: throws ERR_OUT_OF_RANGE.
Parameters parameters_of(const ZstdOptions& options) {
  Parameters parameters;
  const auto add = [&](const char* name, ZSTD_cParameter parameter, int value) {
    if (value == 0) return;
    const ZSTD_bounds bounds = ::ZSTD_cParam_getBounds(parameter);
    check_range(fmt::format("options.{}", name), value, bounds.lowerBound, bounds.upperBound);
    parameters.emplace_back(parameter, value);
  };
  add("level", ZSTD_c_compressionLevel, options.level);
  add("window_bits", ZSTD_c_windowLog, options.window_bits);
  add("hash_bits", ZSTD_c_hashLog, options.hash_bits);
  add("chain_bits", ZSTD_c_chainLog, options.chain_bits);
  add("search_bits", ZSTD_c_searchLog, options.search_bits);
  add("min_match", ZSTD_c_minMatch, options.min_match);
  add("target_length", ZSTD_c_targetLength, options.target_length);
  add("strategy", ZSTD_c_strategy, static_cast<int>(options.strategy));
  add("long_distance_matching", ZSTD_c_enableLongDistanceMatching, options.long_distance_matching);
  add("long_distance_hash_bits", ZSTD_c_ldmHashLog, options.long_distance_hash_bits);
  add("long_distance_min_match", ZSTD_c_ldmMinMatch, options.long_distance_min_match);
  add("long_distance_bucket_bits", ZSTD_c_ldmBucketSizeLog, options.long_distance_bucket_bits);
  add("long_distance_hash_rate_bits", ZSTD_c_ldmHashRateLog, options.long_distance_hash_rate_bits);
  if (options.checksum) parameters.emplace_back(ZSTD_c_checksumFlag, 1);
  if (!options.content_size) parameters.emplace_back(ZSTD_c_contentSizeFlag, 0);
  if (!options.dictionary_id) parameters.emplace_back(ZSTD_c_dictIDFlag, 0);
  return parameters;
}

// After a call that consumed `used` bytes and produced `made`.
void advance(std::span<const std::byte>& input, std::span<std::byte>& output, std::size_t used,
             std::size_t made) noexcept {
  input = input.subspan(used);
  output = output.subspan(made);
}

class ZstdEncoder final : public Codec {
 public:
  explicit ZstdEncoder(const ZstdOptions& options)
      : parameters_(parameters_of(options)),
        pledged_size_(options.pledged_size),
        dictionary_(options.dictionary.bytes().begin(), options.dictionary.bytes().end()) {}

  std::optional<Failure> code(std::span<const std::byte>& input, std::span<std::byte>& output,
                              Flush flush) noexcept override {
    if (!context_)
      if (auto failed = prepare()) return failed;
    // A new frame would be an empty one after the complete one.
    if (ended_ && input.empty()) return std::nullopt;
    ended_ = false;
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    std::size_t left = 0;
    do {
      if (!memory_.run(
              [&] { left = ::ZSTD_compressStream2(context_, &out, &in, directive(flush)); }))
        return memory_failure();
      if (auto failed = failure_of(left)) return failed;
    } while (out.pos < out.size && (in.pos < in.size || (flush != Flush::none && left > 0)));
    ended_ = flush == Flush::finish && left == 0;
    advance(input, output, in.pos, out.pos);
    return std::nullopt;
  }

  std::optional<Failure> reset() noexcept override {
    if (!context_) return std::nullopt;
    ended_ = false;
    if (auto failed = failure_of(::ZSTD_CCtx_reset(context_, ZSTD_reset_session_only)))
      return failed;
    return pledge();  // the size belongs to the session
  }

  // The byte that completes a block compresses the whole block.
  bool is_quick(std::size_t) const noexcept override { return false; }

 private:
  static ZSTD_EndDirective directive(Flush flush) noexcept {
    if (flush == Flush::none) return ZSTD_e_continue;
    return flush == Flush::finish ? ZSTD_e_end : ZSTD_e_flush;
  }

  std::optional<Failure> prepare() noexcept {
    std::optional<Failure> failed;
    const bool created = memory_.run([&] {
      context_ = ::ZSTD_createCCtx_advanced({CodecMemory::allocate, CodecMemory::free, &memory_});
      if (context_) failed = set_up();
    });
    return created && context_ ? failed : memory_failure();
  }

  // Call within memory_.run.
  std::optional<Failure> set_up() noexcept {
    for (const auto& [parameter, value] : parameters_)
      if (auto failed = failure_of(::ZSTD_CCtx_setParameter(context_, parameter, value)))
        return failed;
    if (auto failed = pledge()) return failed;
    if (dictionary_.empty()) return std::nullopt;
    return failure_of(::ZSTD_CCtx_loadDictionary(context_, dictionary_.data(), dictionary_.size()));
  }

  std::optional<Failure> pledge() noexcept {
    if (!pledged_size_) return std::nullopt;
    return failure_of(::ZSTD_CCtx_setPledgedSrcSize(context_, *pledged_size_));
  }

  std::optional<Failure> memory_failure() noexcept {
    context_ = nullptr;
    return failure_of(static_cast<std::size_t>(-ZSTD_error_memory_allocation));
  }

  Parameters parameters_;
  std::optional<std::uint64_t> pledged_size_;
  std::vector<std::byte> dictionary_;
  CodecMemory memory_;
  ZSTD_CCtx* context_ = nullptr;  // in memory_, which frees it
  bool ended_ = false;            // the frame is complete
};

class ZstdDecoder final : public Codec {
 public:
  explicit ZstdDecoder(const ZstdOptions& options)
      : window_bits_(options.window_bits),
        dictionary_(options.dictionary.bytes().begin(), options.dictionary.bytes().end()) {}

  std::optional<Failure> code(std::span<const std::byte>& input, std::span<std::byte>& output,
                              Flush flush) noexcept override {
    if (!context_)
      if (auto failed = prepare()) return failed;
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    // Decodes one frame after the other. Without input, outputs the rest of the last one.
    bool holds = in_frame_;
    while (out.pos < out.size && (in.pos < in.size || holds)) {
      const std::size_t in_before = in.pos;
      const std::size_t out_before = out.pos;
      const std::size_t left = ::ZSTD_decompressStream(context_.get(), &out, &in);
      if (auto failed = failure_of(left)) return failed;
      in_frame_ = left != 0;
      if (in.pos == in_before && out.pos == out_before) break;
      holds = in_frame_;
    }
    advance(input, output, in.pos, out.pos);
    began_ = began_ || in.size > 0;
    if (flush == Flush::finish && !output.empty() && (in_frame_ || !began_))
      return unexpected_end();
    return std::nullopt;
  }

  std::optional<Failure> reset() noexcept override {
    if (!context_) return std::nullopt;
    in_frame_ = false;
    began_ = false;
    return failure_of(::ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only));
  }

  bool is_quick(std::size_t size) const noexcept override { return size <= kQuickToDecode; }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ::ZSTD_freeDCtx(context); }
  };

  std::optional<Failure> prepare() noexcept {
    context_.reset(::ZSTD_createDCtx());
    if (!context_) return failure_of(static_cast<std::size_t>(-ZSTD_error_memory_allocation));
    if (window_bits_ != 0)
      if (auto failed = failure_of(
              ::ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, window_bits_)))
        return failed;
    if (dictionary_.empty()) return std::nullopt;
    return failure_of(
        ::ZSTD_DCtx_loadDictionary(context_.get(), dictionary_.data(), dictionary_.size()));
  }

  int window_bits_;
  std::vector<std::byte> dictionary_;
  std::unique_ptr<ZSTD_DCtx, Free> context_;
  bool began_ = false;     // there has been input
  bool in_frame_ = false;  // the frame is incomplete
};

void check(const ZstdOptions& options) {
  check_range("options.level", options.level, ::ZSTD_minCLevel(), ::ZSTD_maxCLevel());
  if (options.window_bits != 0) check_range("options.window_bits", options.window_bits, 10, 31);
  if (options.pledged_size)
    check_range("options.pledged_size", *options.pledged_size, std::uint64_t{0}, kLargestPledge);
}

}  // namespace

std::unique_ptr<Codec> make_zstd_encoder(const ZstdOptions& options) {
  check(options);
  return std::make_unique<ZstdEncoder>(options);
}

std::unique_ptr<Codec> make_zstd_decoder(const ZstdOptions& options) {
  check(options);
  return std::make_unique<ZstdDecoder>(options);
}

}  // namespace weir::zlib
