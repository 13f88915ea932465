// weir/base/encoding.h - Node's encodings: convert between text and bytes.
//
//   decode("616263", Encoding::hex)      // the bytes "abc": Node's Buffer.from(text, encoding)
//   encode(buffer.bytes(), "base64")     // text: Node's buffer.toString(encoding)
//
// Text is UTF-8. Decoding is as lenient as Node's: hex stops at the first invalid pair; base64 and
// base64url accept each other's alphabet, skip other characters and need no padding.
#pragma once

#include <weir/base/buffer.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir {

enum class Encoding : std::uint8_t {
  buffer,  // bytes, without an encoding
  utf8,
  utf16le,
  latin1,
  ascii,
  hex,
  base64,
  base64url,
};

// Node's name of the encoding ("utf8", "utf16le", ...).
std::string_view name_of(Encoding encoding) noexcept;

// The encoding with this name, in any case: utf8 utf-8 ucs2 ucs-2 utf16le utf-16le latin1 binary
// ascii hex base64 base64url. Empty for any other name.
std::optional<Encoding> find_encoding(std::string_view name) noexcept;

// A parameter that accepts an encoding or its name.
// ERRORS: throws ERR_UNKNOWN_ENCODING for an unknown name.
class EncodingName {
 public:
  constexpr EncodingName(Encoding encoding) noexcept : encoding_(encoding) {}  // NOLINT
  EncodingName(std::string_view name);                                         // NOLINT
  EncodingName(const std::string& name);                                       // NOLINT
  EncodingName(const char* name);                                              // NOLINT
  constexpr operator Encoding() const noexcept { return encoding_; }           // NOLINT

 private:
  Encoding encoding_;
};

// Text to bytes. In latin1 and ascii, a character outside the range loses its high bits, as in
// Node.
std::string decode(std::string_view text, EncodingName encoding);

// Bytes to text. Invalid bytes become U+FFFD.
std::string encode(ByteSpan bytes, EncodingName encoding = Encoding::utf8);

// The length in UTF-16 code units, as Node counts it.
std::size_t utf16_length(std::string_view text) noexcept;

// The byte offset at which the first `length` UTF-16 code units end. It never splits a surrogate
// pair: it is before the pair then.
std::size_t utf16_offset(std::string_view text, std::size_t length) noexcept;

}  // namespace weir
