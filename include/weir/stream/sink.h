// weir/stream/sink.h - Sink: the interface of a Writable's destination, for your own classes.
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
// - The stream calls one function at a time, and the next one after Done. With an empty queue it
//   calls write within the writer's own write(), so the sink must not assume an empty stack. The
//   sink may use its own stream during the call.
// - An exception of write or writev is thrown by the write() that called it; for a queued write, by
//   Loop::run (see Loop::on_uncaught); in a pipe or pipeline, it is the Error of this stream. An
//   exception of another function fails the stream.
// - The sink is destroyed with its stream.
// - A device with a descriptor, such as a serial port, needs no sink: fs::create_write_stream
//   writes to its path, or to the non-blocking descriptor that you have set up
//   (WriteStreamOptions::fd).
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

// A destination for chunks of type C. Override write or writev, or both. A function that is not
// overridden is not called, which affects the order of events as in Node.
template <class C>
class BasicSink : public virtual Resource {
 public:
  // OWNS: chunk.  Node counterpart: _write.
  virtual void write(C chunk, Done done) {
    BasicBatch<C> batch{.length = internal::length_of(chunk)};
    batch.chunks.push_back(std::move(chunk));
    writev(std::move(batch), std::move(done));
  }

  // Takes all queued chunks: at least two, if write is overridden and the Delivery is `each`.
  // OWNS: batch.
  // Node counterpart: _writev.
  virtual void writev(BasicBatch<C> batch, Done done);

  // Called once after the last write has completed, before Finish. Node counterpart: _final.
  virtual void final(Done done) { done(); }

  // Called for the writer's sync(): everything that was written is to be on the disk before Done. A
  // failure fails the stream. No Node counterpart.
  virtual void sync(Done done);
};

using Sink = BasicSink<Chunk>;
template <class T>
using ObjectSink = BasicSink<T>;

// The time at which a stream passes queued writes to its sink.
enum class Delivery : std::uint8_t {
  // During write() if the sink is idle; otherwise when it has completed the previous write.
  each,
  // The queued writes together, with writev: on the next tick, or at the high-water mark.
  // The chunk of an end() that finds the queue empty is passed to write at once.
  until_tick,
  // As until_tick, but once the tick queue is empty; for sinks whose calls are costly.
  until_idle,
};

// The functions that a sink overrides, and the Delivery it requires.
struct SinkTraits {
  bool construct = false;
  bool write = false;
  bool writev = false;
  bool final = false;
  Delivery delivery = Delivery::each;
  // The sink does not depend on chunk boundaries: small writes become one chunk.
  // REQUIRES: another Delivery than each.
  bool merges = false;
  bool sync = false;
  // A batch that is not awaited may complete before the system has its bytes; an awaited batch
  // without chunks completes when the system has all.
  bool completes_ahead = false;
  // The sink takes further batches while it has not completed earlier ones, up to the high-water
  // mark. REQUIRES: another Delivery than each; each Done is called after writev has returned, in
  // the order of the batches. After a failure, the others are called all the same.
  bool overlaps = false;
};

// The functions of a sink, instead of a class. An empty function is not implemented.
template <class C>
struct SinkFunctions {
  internal::StreamFunction<void(Done)> construct = {};
  internal::StreamFunction<void(C, Done)> write = {};
  internal::StreamFunction<void(BasicBatch<C>, Done)> writev = {};
  internal::StreamFunction<void(Done)> final = {};
  internal::StreamFunction<void(Error, Done)> destroy = {};
  internal::StreamFunction<void(Done)> sync = {};
};

namespace internal {

// The functions that S overrides. Does not compile if a function of S has the name of an override
// and another signature.
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
      .final = WEIR_OVERRIDES_(S, Base, final, Final, "void final(weir::Done done) override"),
      .sync = WEIR_OVERRIDES_(S, Base, sync, Final, "void sync(weir::Done done) override")};
}

// `Functions` has the functions of a sink, or more.
template <class C, class Functions = SinkFunctions<C>>
class FunctionSink : public BasicSink<C> {
 public:
  explicit FunctionSink(Functions functions) : functions_(std::move(functions)) {}

  SinkTraits traits() const noexcept {
    return {.construct = static_cast<bool>(functions_.construct),
            .write = static_cast<bool>(functions_.write),
            .writev = static_cast<bool>(functions_.writev),
            .final = static_cast<bool>(functions_.final),
            .sync = static_cast<bool>(functions_.sync)};
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
  void sync(Done done) override { functions_.sync(std::move(done)); }
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

template <class C>
void BasicSink<C>::sync(Done) {
  throw method_not_implemented("sync()");
}

}  // namespace weir
