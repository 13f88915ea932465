#include <weir/base/encoding.h>

#include <weir/base/error.h>

#include <algorithm>
#include <array>
#include <iterator>

#include <utf8.h>

namespace weir {
namespace {

struct EncodingEntry {
  std::string_view name;
  Encoding encoding;
};

// The first name of each encoding is Node's canonical one.
constexpr EncodingEntry kEncodings[] = {
    {"utf8", Encoding::utf8},       {"utf-8", Encoding::utf8},
    {"utf16le", Encoding::utf16le}, {"utf-16le", Encoding::utf16le},
    {"ucs2", Encoding::utf16le},    {"ucs-2", Encoding::utf16le},
    {"latin1", Encoding::latin1},   {"binary", Encoding::latin1},
    {"ascii", Encoding::ascii},     {"hex", Encoding::hex},
    {"base64", Encoding::base64},   {"base64url", Encoding::base64url},
};

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64UrlDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

constexpr std::uint8_t byte_at(std::string_view text, std::size_t index) noexcept {
  return static_cast<std::uint8_t>(text[index]);
}

// The value of each digit by its byte; 0xFF for other bytes.
using DigitValues = std::array<std::uint8_t, 256>;
constexpr std::uint8_t kNoDigit = 0xFF;

consteval DigitValues digit_values(std::initializer_list<std::string_view> alphabets) {
  DigitValues values;
  values.fill(kNoDigit);
  for (const std::string_view digits : alphabets)
    for (std::size_t i = 0; i < digits.size(); ++i)
      values[byte_at(digits, i)] = static_cast<std::uint8_t>(i);
  return values;
}

constexpr DigitValues kHexValues = digit_values({kHexDigits, "0123456789ABCDEF"});
constexpr DigitValues kBase64Values = digit_values({kBase64Digits, kBase64UrlDigits});

// The length of the ill-formed sequence at the start of `text`: the bytes that could have begun a
// character. utf8cpp finds such a sequence but includes every trail byte; Node, after the WHATWG,
// replaces "\xED\xA0\x80" by three U+FFFD and "\xE2\x82" by one.
std::size_t ill_formed_length(std::string_view text) noexcept {
  const std::uint8_t lead = byte_at(text, 0);
  if (lead < 0xC2 || lead > 0xF4) return 1;
  const std::size_t trail_bytes = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  std::uint8_t lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  std::uint8_t highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  std::size_t length = 1;
  while (length <= trail_bytes && length < text.size() && byte_at(text, length) >= lowest &&
         byte_at(text, length) <= highest) {
    lowest = 0x80;
    highest = 0xBF;
    ++length;
  }
  return length;
}

// Passes on the valid runs of the text, and U+FFFD for each ill-formed sequence.
template <class Take>
void for_each_well_formed_run(std::string_view text, Take take) {
  while (!text.empty()) {
    const auto run = static_cast<std::size_t>(
        std::distance(text.begin(), utf8::find_invalid(text.begin(), text.end())));
    if (run > 0) take(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) return;
    take(kReplacement);
    text.remove_prefix(ill_formed_length(text));
  }
}

std::u16string to_utf16(std::string_view text) {
  std::u16string units;
  units.reserve(text.size());
  for_each_well_formed_run(text, [&units](std::string_view run) {
    utf8::utf8to16(run.begin(), run.end(), std::back_inserter(units));
  });
  return units;
}

// Node's conversion of a string to an encoding with one byte for each UTF-16 unit. Hex and base64
// read their digits through it too: U+0161 counts as an 'a'.
std::string low_bytes(std::string_view text) {
  const auto is_ascii = [](char character) { return static_cast<std::uint8_t>(character) < 0x80; };
  if (std::ranges::all_of(text, is_ascii)) return std::string(text);
  std::string bytes;
  bytes.reserve(text.size());
  for (const char16_t unit : to_utf16(text)) bytes += static_cast<char>(unit & 0xFF);
  return bytes;
}

std::string decode_utf16le(std::string_view text) {
  std::string bytes;
  bytes.reserve(2 * text.size());
  for (const char16_t unit : to_utf16(text)) {
    bytes += static_cast<char>(unit & 0xFF);
    bytes += static_cast<char>(unit >> 8);
  }
  return bytes;
}

std::string decode_hex(std::string_view digits) {
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    const std::uint8_t high = kHexValues[byte_at(digits, i)];
    const std::uint8_t low = kHexValues[byte_at(digits, i + 1)];
    if (high == kNoDigit || low == kNoDigit) break;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string decode_base64(std::string_view digits) {
  std::string bytes;
  bytes.reserve(digits.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;  // the lowest `pending` bits are not yet in a byte
  unsigned pending = 0;
  for (const char digit : digits.substr(0, digits.find('='))) {
    const std::uint8_t value = kBase64Values[static_cast<std::uint8_t>(digit)];
    if (value == kNoDigit) continue;
    bits = bits << 6 | value;
    pending += 6;
    if (pending < 8) continue;
    pending -= 8;
    bytes += static_cast<char>(bits >> pending & 0xFF);
  }
  return bytes;
}

std::string encode_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for_each_well_formed_run(bytes, [&text](std::string_view run) { text += run; });
  return text;
}

std::string encode_utf16le(std::string_view bytes) {
  const std::size_t length = bytes.size() / 2;
  const auto unit_at = [bytes](std::size_t index) {
    return static_cast<std::uint32_t>(byte_at(bytes, 2 * index) | byte_at(bytes, 2 * index + 1)
                                                                      << 8);
  };
  const auto is_high = [](std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; };
  const auto is_low = [](std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; };

  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < length; ++i) {
    std::uint32_t point = unit_at(i);
    if (is_high(point) && i + 1 < length && is_low(unit_at(i + 1)))
      point = 0x10000 + ((point - 0xD800) << 10) + (unit_at(++i) - 0xDC00);
    else if (is_high(point) || is_low(point))
      point = 0xFFFD;  // a JavaScript string can contain half a pair, UTF-8 cannot
    utf8::append(point, std::back_inserter(text));
  }
  return text;
}

// One character for each byte: the byte's bits in `mask`.
std::string encode_single_bytes(std::string_view bytes, std::uint8_t mask) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    utf8::append(std::uint32_t{byte_at(bytes, i)} & mask, std::back_inserter(text));
  return text;
}

std::string encode_hex(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += kHexDigits[byte_at(bytes, i) >> 4];
    text += kHexDigits[byte_at(bytes, i) & 0xF];
  }
  return text;
}

std::string encode_base64(std::string_view bytes, std::string_view digits, bool padded) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) bits = bits << 8 | (j < count ? byte_at(bytes, i + j) : 0u);
    for (std::size_t j = 0; j <= count; ++j) text += digits[bits >> (18 - 6 * j) & 0x3F];
    if (padded) text.append(3 - count, '=');
  }
  return text;
}

}  // namespace

std::string_view name_of(Encoding encoding) noexcept {
  for (const EncodingEntry& entry : kEncodings)
    if (entry.encoding == encoding) return entry.name;
  return "buffer";
}

std::optional<Encoding> find_encoding(std::string_view name) noexcept {
  const auto equal_in_any_case = [](char given, char lower) {
    return (given >= 'A' && given <= 'Z' ? given - 'A' + 'a' : given) == lower;
  };
  for (const EncodingEntry& entry : kEncodings)
    if (std::ranges::equal(name, entry.name, equal_in_any_case)) return entry.encoding;
  return std::nullopt;
}

EncodingName::EncodingName(const std::string& name) : EncodingName(std::string_view(name)) {}
EncodingName::EncodingName(const char* name) : EncodingName(std::string_view(name)) {}
EncodingName::EncodingName(std::string_view name) {
  const std::optional<Encoding> found = find_encoding(name);
  if (!found) throw unknown_encoding(name);
  encoding_ = *found;
}

std::string decode(std::string_view text, EncodingName encoding) {
  switch (encoding) {
    case Encoding::buffer:
    case Encoding::utf8:
      break;
    case Encoding::utf16le:
      return decode_utf16le(text);
    case Encoding::latin1:
    case Encoding::ascii:
      return low_bytes(text);
    case Encoding::hex:
      return decode_hex(low_bytes(text));
    case Encoding::base64:
    case Encoding::base64url:
      return decode_base64(low_bytes(text));
  }
  return std::string(text);
}

std::string encode(ByteSpan bytes, EncodingName encoding) {
  const std::string_view raw(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  switch (encoding) {
    case Encoding::buffer:
      break;
    case Encoding::utf8:
      return encode_utf8(raw);
    case Encoding::utf16le:
      return encode_utf16le(raw);
    case Encoding::latin1:
      return encode_single_bytes(raw, 0xFF);
    case Encoding::ascii:
      return encode_single_bytes(raw, 0x7F);
    case Encoding::hex:
      return encode_hex(raw);
    case Encoding::base64:
      return encode_base64(raw, kBase64Digits, true);
    case Encoding::base64url:
      return encode_base64(raw, kBase64UrlDigits, false);
  }
  return std::string(raw);
}

std::size_t utf16_length(std::string_view text) noexcept {
  std::size_t length = 0;
  for_each_well_formed_run(text, [&length](std::string_view run) {
    // A character has one byte that is not a trail byte, and a second unit if it has four bytes.
    for (std::size_t i = 0; i < run.size(); ++i)
      length += (byte_at(run, i) & 0xC0) != 0x80 ? (byte_at(run, i) >= 0xF0 ? 2u : 1u) : 0u;
  });
  return length;
}

std::size_t utf16_offset(std::string_view text, std::size_t length) noexcept {
  std::size_t offset = 0;
  while (offset < text.size()) {
    const std::size_t units = byte_at(text, offset) >= 0xF0 ? 2 : 1;
    if (units > length) break;
    length -= units;
    do ++offset;
    while (offset < text.size() && (byte_at(text, offset) & 0xC0) == 0x80);
  }
  return offset;
}

}  // namespace weir
