// weir/base/encoding.h - Node's encodings: which bytes a text stands for, and back.
//
//   decode("616263", Encoding::hex)      // the bytes "abc": Node's Buffer.from(text, encoding)
//   encode(buffer.bytes(), "base64")     // text: Node's buffer.toString(encoding)
//
// Text is UTF-8. Decoding is as lenient as Node's: hex stops at the first bad pair, base64 and
// base64url read each other's alphabets, skip what is in neither and need no padding.
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
  buffer,  // no text: bytes already
  utf8,
  utf16le,
  latin1,
  ascii,
  hex,
  base64,
  base64url,
};

// Node's name of an encoding ("utf8", "utf16le", ...).
std::string_view name_of(Encoding encoding) noexcept;

// The encoding that a name of Node's stands for, in any case: utf8 utf-8 ucs2 ucs-2 utf16le
// utf-16le latin1 binary ascii hex base64 base64url. Nothing for any other name.
std::optional<Encoding> find_encoding(std::string_view name) noexcept;

// A parameter that takes an encoding by value or by name.
// ERRORS: throws ERR_UNKNOWN_ENCODING for a name that is none.
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

// The bytes that `text` stands for. Characters an encoding has no room for lose their high bits
// (latin1, ascii), as in Node.
std::string decode(std::string_view text, EncodingName encoding);

// The text that the bytes stand for; bytes that are no character become U+FFFD.
std::string encode(ByteSpan bytes, EncodingName encoding = Encoding::utf8);

// The length that Node gives a text: its UTF-16 code units.
std::size_t utf16_length(std::string_view text) noexcept;

// Where in the text its first `length` UTF-16 code units end; before a pair that they would cut.
std::size_t utf16_offset(std::string_view text, std::size_t length) noexcept;

}  // namespace weir
