// weir/http/internal/field_lines.h - FieldLines: the storage of Headers.
//
// A few short lines are stored in the object itself; more lines and their text use one allocation.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace weir::http {

// One header line.
struct Field {
  std::string_view name;
  std::string_view value;

  friend bool operator==(const Field&, const Field&) = default;
};

class FieldLines {
 public:
  FieldLines() noexcept {}  // NOLINT: not = default, which would zero the room
  FieldLines(const FieldLines& other);
  FieldLines(FieldLines&& other) noexcept;
  FieldLines& operator=(const FieldLines& other);
  FieldLines& operator=(FieldLines&& other) noexcept;
  ~FieldLines() = default;

  std::size_t size() const noexcept { return size_; }
  Field operator[](std::size_t index) const noexcept {
    const Place& place = places()[index];
    const char* const name = text() + place.begin;
    return {{name, place.name_size}, {name + place.name_size, place.value_size}};
  }

  // Each copies the texts, which may be views of these lines.
  void insert(std::size_t index, std::string_view name, std::string_view value);
  void replace(std::size_t index, std::string_view name, std::string_view value);
  void erase(std::size_t index) noexcept;
  void clear() noexcept;
  void reserve(std::size_t lines, std::size_t bytes);

 private:
  // The position of a line in the text: its value follows its name.
  struct Place {
    std::uint32_t begin;
    std::uint32_t name_size;
    std::uint32_t value_size;
  };
  static constexpr std::size_t kOwnLines = 6;
  static constexpr std::size_t kOwnText = 184;

  // A block contains the places, then the text.
  Place* places() noexcept { return block_ ? reinterpret_cast<Place*>(block_.get()) : own_.data(); }
  const Place* places() const noexcept { return const_cast<FieldLines*>(this)->places(); }
  char* text() noexcept {
    return block_ ? reinterpret_cast<char*>(places() + line_room_) : own_text_.data();
  }
  const char* text() const noexcept { return const_cast<FieldLines*>(this)->text(); }

  Place store(std::string_view name, std::string_view value, std::size_t more_lines);
  void move_to(std::size_t lines, std::size_t bytes, std::unique_ptr<std::byte[]>& old);
  void copy_from(const FieldLines& other) noexcept;

  std::unique_ptr<std::byte[]> block_;
  std::uint32_t size_ = 0;
  std::uint32_t text_size_ = 0;
  std::uint32_t line_room_ = kOwnLines;
  std::uint32_t text_room_ = kOwnText;
  std::array<Place, kOwnLines> own_;
  std::array<char, kOwnText> own_text_;
};

}  // namespace weir::http
