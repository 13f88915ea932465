#include <weir/http/internal/field_lines.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace weir::http {
namespace {

// The first block's capacity, which fits most heads.
constexpr std::size_t kUsualLines = 16;
constexpr std::size_t kUsualText = 512;

}  // namespace

FieldLines::FieldLines(const FieldLines& other) {
  reserve(other.size_, other.text_size_);
  copy_from(other);
}

FieldLines::FieldLines(FieldLines&& other) noexcept { *this = std::move(other); }

FieldLines& FieldLines::operator=(const FieldLines& other) {
  if (this == &other) return *this;
  clear();
  reserve(other.size_, other.text_size_);
  copy_from(other);
  return *this;
}

FieldLines& FieldLines::operator=(FieldLines&& other) noexcept {
  if (this == &other) return *this;
  if (other.block_) {
    block_ = std::move(other.block_);
    size_ = other.size_;
    text_size_ = other.text_size_;
    line_room_ = std::exchange(other.line_room_, std::uint32_t{kOwnLines});
    text_room_ = std::exchange(other.text_room_, std::uint32_t{kOwnText});
  } else {
    copy_from(other);  // every block has at least the capacity of an object
  }
  other.clear();
  return *this;
}

// REQUIRES: enough capacity.
void FieldLines::copy_from(const FieldLines& other) noexcept {
  size_ = other.size_;
  text_size_ = other.text_size_;
  std::copy_n(other.places(), size_, places());
  std::memcpy(text(), other.text(), text_size_);
}

void FieldLines::clear() noexcept { size_ = text_size_ = 0; }

void FieldLines::reserve(std::size_t lines, std::size_t bytes) {
  if (lines <= line_room_ && bytes <= text_room_) return;
  std::unique_ptr<std::byte[]> old;
  move_to(std::max<std::size_t>(lines, line_room_), std::max<std::size_t>(bytes, text_room_), old);
}

// `old` is the memory that holds the texts now.
void FieldLines::move_to(std::size_t lines, std::size_t bytes, std::unique_ptr<std::byte[]>& old) {
  auto block = std::make_unique_for_overwrite<std::byte[]>(lines * sizeof(Place) + bytes);
  auto* const to = reinterpret_cast<Place*>(block.get());
  std::uninitialized_copy_n(places(), size_, to);
  std::memcpy(to + lines, text(), text_size_);
  old = std::exchange(block_, std::move(block));
  line_room_ = static_cast<std::uint32_t>(lines);
  text_room_ = static_cast<std::uint32_t>(bytes);
}

FieldLines::Place FieldLines::store(std::string_view name, std::string_view value,
                                    std::size_t more_lines) {
  const std::size_t lines = size_ + more_lines;
  const std::size_t bytes = text_size_ + name.size() + value.size();
  std::unique_ptr<std::byte[]> old;
  if (lines > line_room_ || bytes > text_room_)
    move_to(lines > line_room_ ? std::max(2 * lines, kUsualLines) : line_room_,
            bytes > text_room_ ? std::max(2 * bytes, kUsualText) : text_room_, old);
  char* const at = text() + text_size_;
  std::copy(name.begin(), name.end(), at);
  std::copy(value.begin(), value.end(), at + name.size());
  const Place place{text_size_, static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())};
  text_size_ = static_cast<std::uint32_t>(bytes);
  return place;
}

void FieldLines::insert(std::size_t index, std::string_view name, std::string_view value) {
  const Place place = store(name, value, 1);
  Place* const begin = places();
  std::copy_backward(begin + index, begin + size_, begin + size_ + 1);
  begin[index] = place;
  ++size_;
}

void FieldLines::replace(std::size_t index, std::string_view name, std::string_view value) {
  const Place place = store(name, value, 0);
  places()[index] = place;
}

void FieldLines::erase(std::size_t index) noexcept {
  Place* const begin = places();
  std::copy(begin + index + 1, begin + size_, begin + index);
  --size_;
}

}  // namespace weir::http
