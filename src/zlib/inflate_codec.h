// The codec that decompresses gzip, deflate or raw deflate.
//
//   place            the input                     on
//   in_data          is compressed data            a member of gzip ends           ->
//   between_members between_members  is padding or another member  the first byte of a member ->
//   in_data
//
// With reject_garbage_after_end, there is one member at most:
//
//   in_data          is compressed data            it ends                         -> ended
//   ended            is an error                   reset()                         -> in_data
#pragma once

#include "zlib/codec.h"
#include "zlib/zlib_settings.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <zlib.h>

namespace weir::zlib {

class InflateCodec final : public Codec {
 public:
  explicit InflateCodec(ZlibSettings settings) noexcept;
  ~InflateCodec() override;

  std::optional<Failure> code(std::span<const std::byte>& input, std::span<std::byte>& output,
                              Flush flush) noexcept override;
  std::optional<Failure> reset() noexcept override;
  bool is_quick(std::size_t size) const noexcept override;

 private:
  enum class Place : std::uint8_t { in_data, between_members, ended };

  bool is_raw() const noexcept { return settings_.window_bits < 0; }
  bool is_gzip() const noexcept { return header_.done == 1; }

  std::optional<Failure> prepare() noexcept;
  std::optional<Failure> begin() noexcept;
  std::optional<Failure> begin_member(std::span<const std::byte> input) noexcept;
  std::optional<Failure> inflate_all(std::span<const std::byte>& input,
                                     std::span<std::byte>& output, Flush flush) noexcept;
  int inflate_member(std::span<const std::byte>& input, std::span<std::byte>& output,
                     Flush flush) noexcept;
  int inflate(std::span<const std::byte>& input, std::span<std::byte>& output,
              Flush flush) noexcept;
  int set_dictionary() noexcept;
  std::optional<Failure> outcome(int status, std::span<std::byte> output,
                                 Flush flush) const noexcept;

  ZlibSettings settings_;
  z_stream stream_{};
  gz_header header_{};  // filled in by zlib
  Place place_ = Place::in_data;
  bool ready_ = false;
};

}  // namespace weir::zlib
