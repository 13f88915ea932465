// Runs a codec over a chunk, and divides the output into pieces of the chunk size.
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
    bool more = false;  // the codec has more output
    std::optional<Failure> failure;
  };

  Coder(std::unique_ptr<Codec> codec, std::size_t chunk_size)
      : codec_(std::move(codec)), chunk_size_(chunk_size) {}

  // Consumes `input`, which is reduced to the rest, and stops after `enough` bytes of output.
  Output run(std::span<const std::byte>& input, Flush flush, std::size_t enough) noexcept;

  Codec& codec() noexcept { return *codec_; }

 private:
  // Throws std::bad_alloc; no other function here throws.
  void fill(Output& output, std::span<const std::byte>& input, Flush flush, std::size_t enough);

  std::unique_ptr<Codec> codec_;
  std::size_t chunk_size_;
  std::size_t offset_ = 0;
};

}  // namespace weir::zlib
