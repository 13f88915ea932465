#include "zlib/coder.h"

#include <new>
#include <utility>

namespace weir::zlib {

Coder::Output Coder::run(std::span<const std::byte>& input, Flush flush,
                         std::size_t enough) noexcept {
  Output output;
  try {
    fill(output, input, flush, enough);
  } catch (const std::bad_alloc&) {
    output.failure = out_of_memory();
  }
  return output;
}

// The pieces end where Node's do: Node fills one buffer of the chunk size after the other, and the
// output of a call never exceeds the buffer's end.
void Coder::fill(Output& output, std::span<const std::byte>& input, Flush flush,
                 std::size_t enough) {
  for (std::size_t collected = 0;;) {
    bool full = false;
    auto rest = input;
    std::string piece;
    // libstdc++ 12 passes a larger size than requested.
    const std::size_t size = chunk_size_ - offset_;
    piece.resize_and_overwrite(size, [&](char* begin, std::size_t) {
      auto room = std::as_writable_bytes(std::span(begin, size));
      output.failure = codec_->code(rest, room, flush);
      full = room.empty();
      return size - room.size();
    });
    // As in Node, a failed call's input and output do not count.
    if (output.failure) return;
    input = rest;
    offset_ = full ? 0 : offset_ + piece.size();
    collected += piece.size();
    if (!piece.empty()) {
      if (!full) piece.shrink_to_fit();
      output.pieces.push_back(std::move(piece));
    }
    if (!full) return;
    if (collected >= enough) {
      output.more = true;
      return;
    }
  }
}

}  // namespace weir::zlib
