// Runs a codec over a chunk, into pieces of the size that the stream's reader is to get.
#pragma once

#include "zlib/codec.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weir::zlib {

class Coder {
 public:
  struct Output {
    std::vector<std::string> pieces;
    bool more = false;  // there is more to come out of what was put in
    std::optional<Failure> failure;
  };

  Coder(std::unique_ptr<Codec> codec, std::size_t chunk_size)
      : codec_(std::move(codec)), chunk_size_(chunk_size) {}

  // Takes from `input`, which is cut down to what is left, and stops once `enough` bytes came out.
  Output run(std::span<const std::byte>& input, Flush flush, std::size_t enough) noexcept;

  Codec& codec() noexcept { return *codec_; }

 private:
  // Throws std::bad_alloc, as nothing else in here does.
  void fill(Output& output, std::span<const std::byte>& input, Flush flush, std::size_t enough);

  std::unique_ptr<Codec> codec_;
  std::size_t chunk_size_;
  std::size_t offset_ = 0;
};

}  // namespace weir::zlib
