// weir/stream/output_iterator.h - output_iterator: a stream as the output iterator of an algorithm.
//
//   std::format_to(weir::output_iterator(*stream), "Line {}\n", 1);
//   std::ranges::copy(lines, weir::output_iterator(*stream));        // strings, or values
//
// Each assignment is a write. A stream that merges small writes (files, sockets, HTTP bodies) takes
// single bytes at the cost of a copy; in others each is a chunk of its own, so print to those
// through weir::ostream (stdio/ostream.h), which collects bytes. An iterator cannot wait: it writes
// on when the stream is full. Check has_room() before you produce the next part.
#pragma once

#include <weir/base/bytes.h>
#include <weir/stream/basic_writable.h>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>

namespace weir {

template <std::derived_from<WritableBase> S>
class OutputIterator {
 public:
  using iterator_category = std::output_iterator_tag;
  using value_type = void;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = void;

  // REQUIRES: the stream lives as long as it is assigned to.
  explicit OutputIterator(S& stream) noexcept : stream_(&stream) {}

  // Writes a byte, or all that the stream's write takes as one argument.
  template <ByteType B>
    requires requires(S& stream, ByteSpan bytes) { stream.write(bytes); }
  OutputIterator& operator=(B byte) {
    stream_->write(ByteSpan(std::span(&byte, 1)));
    return *this;
  }
  template <class T>
    requires(!ByteType<std::remove_cvref_t<T>> &&
             !std::same_as<std::remove_cvref_t<T>, OutputIterator> &&
             requires(S& stream, T&& value) { stream.write(std::forward<T>(value)); })
  OutputIterator& operator=(T&& value) {
    stream_->write(std::forward<T>(value));
    return *this;
  }

  OutputIterator& operator*() noexcept { return *this; }
  OutputIterator& operator++() noexcept { return *this; }
  OutputIterator operator++(int) noexcept { return *this; }

  // False if the stream is full or not writable any more: stop until Drain.
  bool has_room() const noexcept { return stream_->writable() && !stream_->writable_need_drain(); }

 private:
  S* stream_;
};

template <std::derived_from<WritableBase> S>
OutputIterator<S> output_iterator(S& stream) noexcept {
  return OutputIterator<S>(stream);
}

}  // namespace weir
