// weir/base/string_decoder.h - bytes that come in pieces, as text: Node's StringDecoder.
//
//   StringDecoder decoder("utf8");
//   decoder.write(first);      // "caf": the first byte of the "e" with its accent waits
//   decoder.write(second);     // its second byte: now it comes
//   decoder.end();             // what never became whole: U+FFFD
//
// A character (a group of three bytes, in base64) that is split between two writes is held back
// until it is whole. Bytes that are no character become U+FFFD.
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
  // What is held back, incomplete as it is. The decoder is as new then.
  std::string end();

 private:
  void hold_back_tail(std::span<const std::byte>& bytes);
  std::string complete(std::span<const std::byte>& bytes);
  std::span<const std::byte> held() const noexcept { return {held_.data(), held_count_}; }

  Encoding encoding_;
  std::array<std::byte, 4> held_{};  // of a character that is not whole yet
  std::size_t held_count_ = 0;
  std::size_t missing_ = 0;  // bytes that make it whole
};

}  // namespace weir
