// weir/base/buffer.h - immutable bytes that can be shared: what a stream carries.
//
//   Buffer a = Buffer::copy("hello");        // its own memory
//   Buffer b = Buffer::adopt(std::move(s));  // a string's or vector's memory, not copied
//   Buffer m = Buffer::adopt(ByteSpan(map), [map] { munmap(map.data(), map.size()); });
//   Buffer c = Buffer::literal("static");    // memory that outlives the program's streams
//   Buffer d = a.slice(1, 3);                // "el", sharing a's memory
//
// Copying a Buffer shares its memory; the memory goes with the last Buffer that names it. The
// count is not atomic: a Buffer and its copies belong to one thread at a time. A BufferTransfer
// (buffer_transfer.h) takes the bytes to another one.
// Node counterpart: Buffer, but read-only, so what was written cannot change behind the stream.
#pragma once

#include <weir/base/bytes.h>
#include <weir/base/ref.h>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {

class Buffer;

// Where bytes are that nobody has read yet.
class Elsewhere : public RefCounted {
 public:
  // Reads them, waiting for it. Less where there is less.
  virtual Buffer fetch(std::size_t size) = 0;
};

namespace internal {

// What owns a Buffer's bytes that are not weir's.
template <class Owner>
struct BytesOwner final : RefCounted {
  explicit BytesOwner(Owner held) noexcept(std::is_nothrow_move_constructible_v<Owner>)
      : owner(std::move(held)) {}
  Owner owner;
};

// Calls a function when it goes.
template <class Release>
struct BytesReleaser final : RefCounted {
  explicit BytesReleaser(Release& to_call) noexcept : release(std::move(to_call)) {}
  ~BytesReleaser() override { release(); }
  Release release;
};

}  // namespace internal

class Buffer {
 public:
  Buffer() noexcept = default;  // no bytes

  static Buffer copy(ByteSpan bytes);
  static Buffer copy(std::string_view text) { return copy(internal::bytes_of(text)); }

  // OWNS: the container, whose elements become the bytes.
  static Buffer adopt(std::string text);
  template <ByteContainer C>
  static Buffer adopt(C container) {
    auto owner = make_ref<internal::BytesOwner<C>>(std::move(container));
    const ByteSpan bytes(owner->owner);
    return Buffer(std::move(owner), bytes);
  }

  // Bytes that something else owns. REQUIRES: they do not change while a Buffer names them.
  // OWNS: a share of the owner, given back with the last Buffer; none for no owner.
  static Buffer adopt(std::shared_ptr<const void> owner, ByteSpan bytes);
  template <class C>
    requires ByteRange<const C&> || std::convertible_to<const C&, std::string_view>
  static Buffer adopt(std::shared_ptr<C> container) {
    if (!container) return {};
    const C& elements = *container;
    const auto* const bytes = reinterpret_cast<const std::byte*>(std::data(elements));
    return adopt(std::shared_ptr<const void>(std::move(container)),
                 std::span(bytes, std::size(elements)));
  }
  // The same, with a function that frees them.
  // CALLS BACK: `release` once, when the last Buffer goes; at once where there is no memory for it.
  template <std::invocable Release>
    requires std::is_nothrow_move_constructible_v<Release>
  static Buffer adopt(ByteSpan bytes, Release release) {
    try {
      return Buffer(make_ref<internal::BytesReleaser<Release>>(release), bytes);
    } catch (...) {
      release();
      throw;
    }
  }

  // REQUIRES: the memory outlives every stream that the Buffer is written to.
  static Buffer literal(std::string_view text) noexcept { return borrow(text); }
  static Buffer borrow(std::string_view text) noexcept {
    return Buffer(nullptr, internal::bytes_of(text));
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

  // The same bytes. Those that are elsewhere equal themselves alone.
  friend bool operator==(const Buffer& a, const Buffer& b) noexcept {
    if (a.is_elsewhere() || b.is_elsewhere()) [[unlikely]]
      return a.owner_ == b.owner_ && a.size() == b.size();
    return a.text() == b.text();
  }

 private:
  friend class Block;
  friend class BufferTransfer;
  friend class Slab;

  Buffer(Ref<RefCounted> owner, std::span<const std::byte> bytes) noexcept
      : owner_(std::move(owner)), bytes_(bytes) {}

  Ref<RefCounted> owner_;  // none: borrowed
  std::span<const std::byte> bytes_;
};

}  // namespace weir
