// weir/stream/source.h - Source: the interface of a Readable's data source, for your own classes.
//
//   struct Countdown : weir::Source {
//     void read(weir::Readable& stream, std::size_t) override {
//       if (left == 0) return void(stream.push(nullptr));       // the end
//       stream.push(fmt::format("{}\n", left--));
//     }
//     int left = 10;
//   };
//   auto stream = weir::Readable::make(loop, std::make_unique<Countdown>());
//
// or, without a class, from functions:
//
//   auto stream = weir::Readable::make(
//       loop, {.read = [&](weir::Readable& stream, std::size_t size) { stream.push(...); }});
//
// The stream calls read when its buffer has room, and again only after a push. A source that pushes
// later, in a callback, keeps a Ref to the stream until then. A source reports failure with
// destroy(error), or throws from read. It is destroyed with its stream.
#pragma once

#include <weir/base/error.h>
#include <weir/stream/done.h>
#include <weir/stream/internal/stream_function.h>
#include <weir/stream/resource.h>
#include <weir/stream/sink.h>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace weir {

class Readable;
template <class T>
class ObjectReadable;

// The stream of chunks of type C: bytes, or values.
template <class C>
using ReadableOf = std::conditional_t<std::is_same_v<C, Chunk>, Readable, ObjectReadable<C>>;

template <class C>
class BasicSource : public virtual Resource {
 public:
  // Pushes at least one chunk, or the end, during the call or later. `size` is the high-water mark,
  // as a hint.
  // Node counterpart: _read.
  virtual void read(ReadableOf<C>& stream, std::size_t size);
};

using Source = BasicSource<Chunk>;
template <class T>
using ObjectSource = BasicSource<T>;

// The functions of a source, instead of a class. An empty function is not implemented.
template <class C>
struct SourceFunctions {
  internal::StreamFunction<void(Done)> construct = {};
  internal::StreamFunction<void(ReadableOf<C>&, std::size_t)> read = {};
  internal::StreamFunction<void(Error, Done)> destroy = {};
};

template <class C>
void BasicSource<C>::read(ReadableOf<C>&, std::size_t) {
  throw method_not_implemented("_read()");
}

namespace internal {

// True if S overrides construct. Does not compile if a function of S has the name of an override
// and another signature.
template <class C, std::derived_from<BasicSource<C>> S>
constexpr bool source_constructs() {
  static_assert(!std::same_as<S, BasicSource<C>>,
                "pass the source as its own class, so that the stream can see what it overrides");
  using Base = BasicSource<C>;
  using Read = void(ReadableOf<C>&, std::size_t);
  (void)WEIR_OVERRIDES_(S, Base, read, Read,
                        "void read(weir::Readable& stream, std::size_t size) override, of an "
                        "ObjectSource<T> with weir::ObjectReadable<T>&");
  return constructs<S>();
}

template <class C>
class FunctionSource final : public BasicSource<C> {
 public:
  explicit FunctionSource(SourceFunctions<C> functions) : functions_(std::move(functions)) {}

  bool constructs() const noexcept { return static_cast<bool>(functions_.construct); }

  void construct(Done done) override { functions_.construct(std::move(done)); }
  void read(ReadableOf<C>& stream, std::size_t size) override {
    if (!functions_.read) return BasicSource<C>::read(stream, size);
    functions_.read(stream, size);
  }
  void destroy(Error error, Done done) override {
    if (!functions_.destroy) return Resource::destroy(std::move(error), std::move(done));
    functions_.destroy(std::move(error), std::move(done));
  }

 private:
  SourceFunctions<C> functions_;
};

}  // namespace internal
}  // namespace weir
