#include <weir/base/string_decoder.h>

#include <algorithm>
#include <utility>

namespace weir {
namespace {

unsigned value(std::byte byte) { return std::to_integer<unsigned>(byte); }
bool is_trail(std::byte byte) { return (value(byte) & 0xC0) == 0x80; }

// The length of a UTF-8 character that begins with this byte; 0 if none does.
std::size_t character_size(std::byte first) {
  if ((value(first) & 0xE0) == 0xC0) return 2;
  if ((value(first) & 0xF0) == 0xE0) return 3;
  if ((value(first) & 0xF8) == 0xF0) return 4;
  return 0;
}

// If the bytes end within a UTF-8 character: the number of its bytes that are present; otherwise 0.
std::size_t incomplete_tail(std::span<const std::byte> bytes) {
  for (std::size_t count = 1; count <= std::min<std::size_t>(bytes.size(), 3); ++count) {
    const std::byte byte = bytes[bytes.size() - count];
    if (!is_trail(byte)) return count < character_size(byte) ? count : 0;
  }
  return 0;
}

bool is_high_surrogate(std::byte high_byte) { return (value(high_byte) & 0xFC) == 0xD8; }

}  // namespace

std::string StringDecoder::write(ByteSpan bytes) {
  std::string text = complete(bytes);
  if (bytes.empty()) return text;
  hold_back_tail(bytes);
  return text += encode(bytes, encoding_);
}

// Takes the bytes that the held ones lack. Returns the character if it is complete.
std::string StringDecoder::complete(std::span<const std::byte>& bytes) {
  if (missing_ == 0) return {};
  std::size_t count = std::min(missing_, bytes.size());
  if (encoding_ == Encoding::utf8) {
    // A byte that does not continue the character begins another one.
    const auto stranger = std::ranges::find_if_not(bytes.first(count), is_trail);
    const auto trails = static_cast<std::size_t>(stranger - bytes.begin());
    if (trails < count) missing_ = count = trails;
  }
  std::ranges::copy(bytes.first(count), held_.begin() + static_cast<std::ptrdiff_t>(held_count_));
  bytes = bytes.subspan(count);
  held_count_ += count;
  missing_ -= count;
  if (missing_ > 0) return {};
  // The first half of a surrogate pair is complete only with the second.
  if (encoding_ == Encoding::utf16le && held_count_ == 2 && is_high_surrogate(held_[1])) {
    missing_ = 2;
    return bytes.empty() ? std::string() : complete(bytes);
  }
  return encode(std::span(held_).first(std::exchange(held_count_, 0)), encoding_);
}

void StringDecoder::hold_back_tail(std::span<const std::byte>& bytes) {
  std::size_t count = 0;
  std::size_t whole = 0;
  switch (encoding_) {
    case Encoding::utf8:
      count = incomplete_tail(bytes);
      whole = count > 0 ? character_size(bytes[bytes.size() - count]) : 0;
      break;
    case Encoding::utf16le:
      count = bytes.size() % 2;
      if (bytes.size() - count >= 2 && is_high_surrogate(bytes[bytes.size() - count - 1]))
        count += 2;  // text in UTF-8 cannot contain half a pair
      whole = count >= 2 ? 4 : 2 * count;
      break;
    case Encoding::base64:
    case Encoding::base64url:
      count = bytes.size() % 3;
      whole = count > 0 ? 3 : 0;
      break;
    case Encoding::buffer:
    case Encoding::latin1:
    case Encoding::ascii:
    case Encoding::hex:
      break;
  }
  std::ranges::copy(bytes.last(count), held_.begin());
  held_count_ = count;
  missing_ = whole - count;
  bytes = bytes.first(bytes.size() - count);
}

std::string StringDecoder::end() {
  std::size_t count = std::exchange(held_count_, 0);
  missing_ = 0;
  if (encoding_ == Encoding::utf16le) count -= count % 2;
  return encode(std::span(held_).first(count), encoding_);
}

}  // namespace weir
