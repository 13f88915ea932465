// weir/base/string_decoder.h - decodes bytes that arrive in pieces into text: Node's StringDecoder.
//
//   StringDecoder decoder("utf8");
//   decoder.write(first);      // "caf": the first byte of the accented "e" is held back
//   decoder.write(second);     // "\u00e9": the second byte completes it
//   decoder.end();             // U+FFFD for an incomplete character
//
// A character that is split between two writes (in base64, a group of three bytes) is held back
// until it is complete. Invalid bytes become U+FFFD.
#pragma once

#include <weir/base/encoding.h>

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace weir {

class StringDecoder {
 public:
  explicit StringDecoder(EncodingName encoding = Encoding::utf8) noexcept : encoding_(encoding) {}

  Encoding encoding() const noexcept { return encoding_; }

  std::string write(ByteSpan bytes);
  // The incomplete character, if any. The decoder can be used again afterwards.
  std::string end();

 private:
  void hold_back_tail(std::span<const std::byte>& bytes);
  std::string complete(std::span<const std::byte>& bytes);
  std::span<const std::byte> held() const noexcept { return {held_.data(), held_count_}; }

  Encoding encoding_;
  std::array<std::byte, 4> held_{};  // of an incomplete character
  std::size_t held_count_ = 0;
  std::size_t missing_ = 0;  // bytes that complete it
};

}  // namespace weir
