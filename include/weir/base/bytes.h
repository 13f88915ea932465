// weir/base/bytes.h - ByteSpan: any contiguous bytes, as a parameter.
//
//   std::vector<char> a;  std::array<std::uint8_t, 4> b;  std::span<const std::byte> c;
//   stream->write(a);  stream->write(b);  stream->write(c);  // each is a ByteSpan
//
// Bytes are char, signed char, unsigned char and std::byte. A std::string, a std::string_view and a
// string literal are text, which a stream may decode; a std::vector<char> is not.
#pragma once

#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>

namespace weir {

template <class T>
concept ByteType = std::same_as<T, char> || std::same_as<T, signed char> ||
                   std::same_as<T, unsigned char> || std::same_as<T, std::byte>;

template <class R>
concept ByteRange = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
                    ByteType<std::remove_cv_t<std::ranges::range_value_t<R>>> &&
                    !std::convertible_to<R, std::string_view>;

// A range that owns its bytes, and so can hand them over.
template <class R>
concept ByteContainer = ByteRange<R> && std::movable<R> && !std::ranges::view<R>;

class ByteSpan : public std::span<const std::byte> {
 public:
  constexpr ByteSpan() noexcept = default;
  constexpr ByteSpan(std::span<const std::byte> bytes) noexcept  // NOLINT: a parameter
      : span(bytes) {}
  template <ByteRange R>
  ByteSpan(R&& range) noexcept  // NOLINT: a parameter
      : span(std::as_bytes(std::span(std::ranges::data(range), std::ranges::size(range)))) {}
};

}  // namespace weir
