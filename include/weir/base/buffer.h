// weir/base/buffer.h - immutable bytes that can be shared: what a stream carries.
//
//   Buffer a = Buffer::copy("hello");        // its own memory
//   Buffer b = Buffer::adopt(std::move(s));  // a string's or vector's memory, not copied
//   Buffer c = Buffer::literal("static");    // memory that outlives the program's streams
//   Buffer d = a.slice(1, 3);                // "el", sharing a's memory
//
// Copying a Buffer shares its memory; the memory goes with the last Buffer that names it. The
// count is not atomic: a Buffer and its copies belong to one thread at a time.
// Node counterpart: Buffer, but read-only, so what was written cannot change behind the stream.
#pragma once

#include <weir/base/ref.h>

#include <cstddef>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

class Buffer;

// Where bytes are that nobody has read yet.
class Elsewhere : public RefCounted {
 public:
  // Reads them, waiting for it. Less where there is less.
  virtual Buffer fetch(std::size_t size) = 0;
};

class Buffer {
 public:
  Buffer() noexcept = default;  // no bytes

  static Buffer copy(std::span<const std::byte> bytes);
  static Buffer copy(std::string_view text) { return copy(std::as_bytes(std::span(text))); }

  // OWNS: the container, whose elements become the bytes.
  static Buffer adopt(std::string text);
  static Buffer adopt(std::vector<std::byte> bytes);

  // REQUIRES: the memory outlives every stream that the Buffer is written to.
  static Buffer literal(std::string_view text) noexcept { return borrow(text); }
  static Buffer borrow(std::string_view text) noexcept {
    return Buffer(nullptr, std::as_bytes(std::span(text)));
  }

  const std::byte* data() const noexcept { return bytes_.data(); }
  std::size_t size() const noexcept { return bytes_.size(); }
  bool empty() const noexcept { return bytes_.empty(); }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

  // The bytes as they are, read as text.
  std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

  // Bytes that are not in memory: data() is null. Passed from a source to a sink that both know
  // such a place; streams fetch them before anybody else sees them.
  static Buffer elsewhere(Ref<Elsewhere> place, std::size_t size) noexcept {
    return Buffer(std::move(place), {static_cast<const std::byte*>(nullptr), size});
  }
  bool is_elsewhere() const noexcept { return !bytes_.data() && !bytes_.empty(); }
  // REQUIRES: is_elsewhere().
  Elsewhere& place() const noexcept { return static_cast<Elsewhere&>(*owner_); }

  // The bytes from `begin` up to but without `end`; both are cut to the size, as in Node.
  Buffer slice(std::size_t begin, std::size_t end = static_cast<std::size_t>(-1)) const;

  friend bool operator==(const Buffer& a, const Buffer& b) noexcept { return a.text() == b.text(); }

 private:
  friend class Block;
  friend class Slab;

  Buffer(Ref<RefCounted> owner, std::span<const std::byte> bytes) noexcept
      : owner_(std::move(owner)), bytes_(bytes) {}

  Ref<RefCounted> owner_;  // none: borrowed
  std::span<const std::byte> bytes_;
};

}  // namespace weir
