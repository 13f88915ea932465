// The codec that compresses to gzip, deflate or raw deflate.
#pragma once

#include "zlib/codec.h"
#include "zlib/zlib_settings.h"

#include <cstddef>
#include <optional>
#include <span>

#include <zlib.h>

namespace weir::zlib {

class DeflateCodec final : public Codec {
 public:
  explicit DeflateCodec(ZlibSettings settings) noexcept;
  ~DeflateCodec() override;

  std::optional<Failure> code(std::span<const std::byte>& input, std::span<std::byte>& output,
                              Flush flush) noexcept override;
  std::optional<Failure> reset() noexcept override;
  bool is_quick(std::size_t size) const noexcept override;
  std::optional<Failure> change(const Params& params) noexcept override;

 private:
  std::optional<Failure> prepare() noexcept;
  std::optional<Failure> set_dictionary() noexcept;

  ZlibSettings settings_;
  z_stream stream_{};
  bool ready_ = false;
};

}  // namespace weir::zlib
