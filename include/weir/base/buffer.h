// weir/base/buffer.h - immutable, shared bytes: the chunks of a byte stream.
//
//   Buffer a = Buffer::copy("hello");        // its own memory
//   Buffer b = Buffer::adopt(std::move(s));  // the memory of a string or vector, without a copy
//   Buffer m = Buffer::adopt(ByteSpan(map), [map] { munmap(map.data(), map.size()); });
//   Buffer c = Buffer::literal("static");    // memory that outlives every stream
//   Buffer d = a.slice(1, 3);                // "el", shares a's memory
//
// - A copy of a Buffer shares its memory. The last Buffer frees it.
// - The count is not atomic: a Buffer and its copies belong to one thread. A BufferTransfer
//   (buffer_transfer.h) moves the bytes to another thread.
// - Node counterpart: Buffer. Here it is read-only, so a written chunk cannot change later.
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

// The place of bytes that have not been read into memory: a range of a file, for example.
class ExternalBytes : public RefCounted {
 public:
  // Reads the bytes, blocking. The result is shorter if the place has fewer bytes.
  virtual Buffer fetch(std::size_t size) = 0;
};

namespace internal {

// Owns memory that another class allocated.
template <class Owner>
struct BytesOwner final : RefCounted {
  explicit BytesOwner(Owner held) noexcept(std::is_nothrow_move_constructible_v<Owner>)
      : owner(std::move(held)) {}
  Owner owner;
};

// Calls a function when it is destroyed.
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

  // Shares bytes that `owner` keeps alive.
  // REQUIRES: the bytes do not change while a Buffer refers to them.
  // OWNS: a share of `owner`, released with the last Buffer; nothing if `owner` is null.
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
  // Shares bytes that a function frees.
  // CALLS BACK: `release` once, when the last Buffer is destroyed; during this call if it throws
  // std::bad_alloc.
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

  // The bytes, viewed as text.
  std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

  // Bytes that are not in memory yet: data() is null. Only a source and a sink that both support
  // the place exchange them; the stream fetches them before any listener sees them.
  static Buffer external(Ref<ExternalBytes> place, std::size_t size) noexcept {
    return Buffer(std::move(place), {static_cast<const std::byte*>(nullptr), size});
  }
  bool is_external() const noexcept { return !bytes_.data() && !bytes_.empty(); }
  // REQUIRES: is_external().
  ExternalBytes& external_bytes() const noexcept { return static_cast<ExternalBytes&>(*owner_); }

  // The bytes from `begin` to before `end`. Both are limited to the size, as in Node.
  Buffer slice(std::size_t begin, std::size_t end = static_cast<std::size_t>(-1)) const;

  // Compares the bytes. A Buffer whose bytes are not in memory equals only Buffers of the same
  // place.
  friend bool operator==(const Buffer& a, const Buffer& b) noexcept {
    if (a.is_external() || b.is_external()) [[unlikely]]
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
