// weir/stream/object_readable.h - a readable stream of typed values: Node's object mode.
//
//   auto rows = weir::ObjectReadable<Row>::from(loop, table);      // any C++ range
//   rows->on<weir::DataOf<Row>>([](const weir::DataOf<Row>& data) { show(data.chunk); });
//
// Each value counts 1 against the high-water mark, which is 16 by default, and 1 for `from`. read()
// returns one value. push(nullptr) ends the stream; a value that is null itself (a pointer, a JSON
// null) does not, unlike in Node. readable.h describes the rest.
#pragma once

#include <weir/stream/basic_readable.h>
#include <weir/stream/internal/iteration.h>
#include <weir/stream/internal/range_source.h>
#include <weir/stream/make_stream.h>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace weir {

template <class T>
class ObjectReadable : public BasicReadable<T> {
 public:
  template <std::derived_from<ObjectSource<T>> S>
  static Ref<ObjectReadable> make(TickQueue& ticks, std::unique_ptr<S> source,
                                  const ReadableOptions& options = {}) {
    return make(ticks, std::move(source), internal::source_constructs<T, S>(), options);
  }
  static Ref<ObjectReadable> make(TickQueue& ticks, SourceFunctions<T> functions,
                                  const ReadableOptions& options = {}) {
    auto source = std::make_unique<internal::FunctionSource<T>>(std::move(functions));
    const bool constructs = source->constructs();
    return make(ticks, std::move(source), constructs, options);
  }
  static Ref<ObjectReadable> make(TickQueue& ticks, std::unique_ptr<ObjectSource<T>> source,
                                  bool constructs, const ReadableOptions& options = {}) {
    return internal::make_stream<ObjectReadable>(ticks, std::move(source),
                                                 internal::life_of(options, constructs), options);
  }

  // Reads the values of a C++ range on demand.
  // OWNS: the range, unless it is an lvalue, which must outlive the stream. A container that the
  // stream owns gives its values away.
  // ERRORS: an Error event with the exception of the range.
  // Node counterpart: Readable.from.
  template <internal::Streamable R>
    requires std::convertible_to<internal::ElementOf<R>, T>
  static Ref<ObjectReadable> from(TickQueue& ticks, R&& range, ReadableOptions options = {}) {
    if (!options.high_water_mark) options.high_water_mark = 1;
    return make(ticks, std::make_unique<internal::RangeSource<T, R>>(std::forward<R>(range)),
                options);
  }

  // As in Readable. nullptr ends the stream.
  bool push(std::nullptr_t) {
    WEIR_STREAM_ENTRY("push");
    const Pin alive(*this);
    side().end_request();
    if (!side().ended()) side().end(0);
    return false;
  }
  bool push(T value) {
    WEIR_STREAM_ENTRY("push");
    if (!side().admits()) return false;
    side().end_request();
    return this->add(std::move(value), 1, Place::back);
  }
  bool unshift(T value) {
    WEIR_STREAM_ENTRY("unshift");
    if (!side().admits_unshift()) return false;
    return this->add(std::move(value), 1, Place::front);
  }

  // The next value; empty if there is none yet.
  std::optional<T> read() { return read_sized(internal::ReadSide::kAll); }
  // Returns one value, whatever `count` is. A count above the mark raises the mark. A count of 0
  // returns no value and makes the stream read from its source.
  std::optional<T> read(std::size_t count) { return read_sized(internal::ReadSide::sized(count)); }

 protected:
  using typename BasicReadable<T>::Place;
  using BasicReadable<T>::side;

  // As in Readable; values have no encoding.
  ObjectReadable(ObjectSource<T>& source, const ReadableOptions& options)
      : BasicReadable<T>(source,
                         BasicReadable<T>::settings_of(internal::ticks_of(source), options)) {}
  ObjectReadable(ObjectSource<T>& source, const internal::ReadSide::Settings& settings,
                 const ReadableOptions&)
      : BasicReadable<T>(source, settings) {}

 private:
  std::optional<T> read_sized(std::ptrdiff_t size) {
    return this->read_chunk(size, [this](std::size_t) { return this->queue().pop_front(); });
  }
  bool read_and_drop() final { return read().has_value(); }
  bool flow_one() final { return false; }
  bool decodes() const noexcept final { return false; }
  std::size_t next_length() const noexcept final { return 1; }
};

}  // namespace weir
