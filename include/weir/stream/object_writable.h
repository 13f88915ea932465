// weir/stream/object_writable.h - a writable stream of typed values: Node's object mode.
//
//   auto rows = weir::ObjectWritable<Row>::make(
//       loop, {.write = [&](Row row, weir::Done done) { table.insert(row); done(); }});
//   rows->write(Row{1, "one"});
//
// Each value counts 1 against the high-water mark, which is 16 by default. A value of a nullable
// type (a pointer, a JSON value) must not be null. writable.h describes the rest.
#pragma once

#include <weir/stream/basic_writable.h>
#include <weir/stream/make_stream.h>

#include <concepts>
#include <memory>
#include <utility>

namespace weir {

template <class T>
class ObjectWritable : public BasicWritable<T> {
 public:
  template <std::derived_from<ObjectSink<T>> S>
  static Ref<ObjectWritable> make(TickQueue& ticks, std::unique_ptr<S> sink,
                                  const WritableOptions& options = {}) {
    return make(ticks, std::move(sink), internal::sink_traits<T, S>(), options);
  }
  static Ref<ObjectWritable> make(TickQueue& ticks, SinkFunctions<T> functions,
                                  const WritableOptions& options = {}) {
    auto sink = std::make_unique<internal::FunctionSink<T>>(std::move(functions));
    const SinkTraits traits = sink->traits();
    return make(ticks, std::move(sink), traits, options);
  }
  static Ref<ObjectWritable> make(TickQueue& ticks, std::unique_ptr<ObjectSink<T>> sink,
                                  SinkTraits traits, const WritableOptions& options = {}) {
    return internal::make_stream<ObjectWritable>(
        ticks, std::move(sink), internal::life_of(options, traits.construct), traits, options);
  }

  // ERRORS: throws ERR_STREAM_NULL_VALUES; otherwise as Writable::write.
  bool write(T value, Callback callback = {}) {
    WEIR_STREAM_ENTRY("write");
    require_value(value);
    return this->put(std::move(value), 1, std::move(callback));
  }

  using BasicWritable<T>::end;
  ObjectWritable& end(T value, Callback callback = {}) {
    WEIR_STREAM_ENTRY("end");
    require_value(value);
    this->put_last(std::move(value), 1, std::move(callback));
    return *this;
  }

 protected:
  // As in Writable; values have no encoding.
  template <std::derived_from<ObjectSink<T>> S>
  ObjectWritable(S& sink, const WritableOptions& options)
      : ObjectWritable(sink, internal::sink_traits<T, S>(), options) {}
  ObjectWritable(ObjectSink<T>& sink, SinkTraits traits, const WritableOptions& options)
      : BasicWritable<T>(
            sink, WritableBase::settings_of(internal::ticks_of(sink), options, traits, true)) {}
  ObjectWritable(ObjectSink<T>& sink, const internal::WriteSide::Settings& settings,
                 const WritableOptions&)
      : BasicWritable<T>(sink, settings) {}

 private:
  static void require_value(const T& value) {
    if constexpr (requires {
                    { value == nullptr } -> std::convertible_to<bool>;
                  })
      if (value == nullptr) throw Error(Errc::stream_null_values);
  }
};

}  // namespace weir
