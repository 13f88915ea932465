// weir/stream/sink.h - where a Writable's chunks go: what a custom destination implements.
//
//   struct Upper : weir::Sink {
//     void write(weir::Chunk chunk, weir::Done done) override {
//       std::cout << upper(chunk.text());
//       done();
//     }
//   };
//   auto stream = weir::Writable::make(loop, std::make_unique<Upper>());
//
// or, without a class, from functions:
//
//   auto stream = weir::Writable::make(
//       loop, {.write = [](weir::Chunk chunk, weir::Done done) { ...; done(); }});
//
// The stream calls one function at a time and the next one only when that is Done. It is called
// inside the writer's own write() where nothing is queued, so it must not assume an empty stack;
// it may use its own stream from there. What it throws leaves the write() that called it (write,
// writev) or fails the stream (the others). It is destroyed with its stream.
#pragma once

#include <weir/base/error.h>
#include <weir/stream/chunk.h>
#include <weir/stream/done.h>
#include <weir/stream/internal/stream_function.h>
#include <weir/stream/resource.h>

#include <concepts>
#include <cstdint>
#include <utility>

namespace weir {

// A destination for chunks of type C. Override write or writev, or both; what is not overridden
// is not called, with the effects on the order of events that Node has.
template <class C>
class BasicSink : public virtual Resource {
 public:
  // OWNS: chunk.  Node counterpart: _write.
  virtual void write(C chunk, Done done) {
    BasicBatch<C> batch{.length = internal::length_of(chunk)};
    batch.chunks.push_back(std::move(chunk));
    writev(std::move(batch), std::move(done));
  }

  // All queued chunks: two at least, where write is overridden and the Delivery is `each`.
  // OWNS: batch.  Node counterpart: _writev.
  virtual void writev(BasicBatch<C> batch, Done done);

  // Called once after the last write is done, before Finish.  Node counterpart: _final.
  virtual void final(Done done) { done(); }
};

using Sink = BasicSink<Chunk>;
template <class T>
using ObjectSink = BasicSink<T>;

// When a stream hands queued writes to its sink.
enum class Delivery : std::uint8_t {
  // Inside write() where the sink has none, else when it is done with the one before.
  each,
  // The writes of one callback of the program together, by writev: on the next tick, or at the
  // high-water mark. A chunk that comes with end() and finds the queue empty goes to write at once.
  until_tick,
  // As until_tick, but once the tick queue is empty; for sinks whose calls are costly.
  until_idle,
};

// Which functions a sink overrides, and how it wants to be called.
struct SinkTraits {
  bool construct = false;
  bool write = false;
  bool writev = false;
  bool final = false;
  Delivery delivery = Delivery::each;
  // The sink does not depend on chunk boundaries: small writes become one chunk.
  // REQUIRES: another Delivery than each.
  bool merges = false;
};

// The functions of a sink without its class. What is left out is not implemented.
template <class C>
struct SinkFunctions {
  internal::StreamFunction<void(Done)> construct = {};
  internal::StreamFunction<void(C, Done)> write = {};
  internal::StreamFunction<void(BasicBatch<C>, Done)> writev = {};
  internal::StreamFunction<void(Done)> final = {};
  internal::StreamFunction<void(Error, Done)> destroy = {};
};

namespace internal {

// What S overrides. Does not compile where S's functions only look like those of a sink.
template <class C, std::derived_from<BasicSink<C>> S>
constexpr SinkTraits sink_traits() {
  static_assert(!std::same_as<S, BasicSink<C>>,
                "pass the sink as its own class, so that the stream can see what it overrides");
  using Base = BasicSink<C>;
  using Write = void(C, Done);
  using Writev = void(BasicBatch<C>, Done);
  using Final = void(Done);
  return {
      .construct = constructs<S>(),
      .write = WEIR_OVERRIDES_(S, Base, write, Write,
                               "void write(weir::Chunk chunk, weir::Done done) override, of an "
                               "ObjectSink<T> with T in place of weir::Chunk"),
      .writev = WEIR_OVERRIDES_(S, Base, writev, Writev,
                                "void writev(weir::Batch batch, weir::Done done) override, of an "
                                "ObjectSink<T> with weir::ObjectBatch<T>"),
      .final = WEIR_OVERRIDES_(S, Base, final, Final, "void final(weir::Done done) override")};
}

// `Functions` has those of a sink, or more.
template <class C, class Functions = SinkFunctions<C>>
class FunctionSink : public BasicSink<C> {
 public:
  explicit FunctionSink(Functions functions) : functions_(std::move(functions)) {}

  SinkTraits traits() const noexcept {
    return {.construct = static_cast<bool>(functions_.construct),
            .write = static_cast<bool>(functions_.write),
            .writev = static_cast<bool>(functions_.writev),
            .final = static_cast<bool>(functions_.final)};
  }

  void construct(Done done) override { functions_.construct(std::move(done)); }
  void write(C chunk, Done done) override {
    if (!functions_.write) return BasicSink<C>::write(std::move(chunk), std::move(done));
    functions_.write(std::move(chunk), std::move(done));
  }
  void writev(BasicBatch<C> batch, Done done) override {
    if (!functions_.writev) return BasicSink<C>::writev(std::move(batch), std::move(done));
    functions_.writev(std::move(batch), std::move(done));
  }
  void final(Done done) override { functions_.final(std::move(done)); }
  void destroy(Error error, Done done) override {
    if (!functions_.destroy) return Resource::destroy(std::move(error), std::move(done));
    functions_.destroy(std::move(error), std::move(done));
  }

 protected:
  Functions functions_;
};

}  // namespace internal

template <class C>
void BasicSink<C>::writev(BasicBatch<C>, Done) {
  throw method_not_implemented("write()");
}

}  // namespace weir
