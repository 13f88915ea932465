// weir/base/bytes.h - ByteSpan: a parameter type for any contiguous bytes.
//
//   std::vector<char> a;  std::array<std::uint8_t, 4> b;  std::span<const std::byte> c;
//   stream->write(a);  stream->write(b);  stream->write(c);  // each is a ByteSpan
//
// A byte is a char, signed char, unsigned char or std::byte. A std::string, a std::string_view and
// a string literal are text, which a stream may decode; a std::vector<char> is bytes.
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>
#include <type_traits>

namespace weir {

template <class T>
concept ByteType = std::same_as<T, char> || std::same_as<T, signed char> ||
                   std::same_as<T, unsigned char> || std::same_as<T, std::byte>;

// A type with std::data and std::size whose elements are bytes; <ranges> is not needed for it.
template <class R>
concept ByteRange = requires(R& range) {
  std::size(range);
  requires ByteType<std::remove_cvref_t<decltype(*std::data(range))>>;
} && !std::convertible_to<R, std::string_view>;

// A ByteRange that owns its bytes and can give them away.
template <class R>
concept ByteContainer = ByteRange<R> && std::movable<R> && !std::ranges::enable_view<R>;

class ByteSpan : public std::span<const std::byte> {
 public:
  constexpr ByteSpan() noexcept = default;
  constexpr ByteSpan(std::span<const std::byte> bytes) noexcept  // NOLINT: a parameter
      : span(bytes) {}
  template <class R>
    requires(!std::same_as<std::remove_cvref_t<R>, ByteSpan> && ByteRange<R>)
  ByteSpan(R&& range) noexcept  // NOLINT: a parameter
      : span(reinterpret_cast<const std::byte*>(std::data(range)), std::size(range)) {}
};

namespace internal {

inline std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace internal

}  // namespace weir
