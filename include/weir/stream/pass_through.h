// weir/stream/pass_through.h - a Transform that passes its input through: Node's PassThrough.
//
//   auto tap = weir::PassThrough::make(loop);
//   source->pipe(tap)->pipe(destination);
#pragma once

#include <weir/stream/transform.h>

#include <memory>
#include <utility>

namespace weir {

template <class C>
struct BasicPassThrough {
  static Ref<BasicTransform<C, C>> make(TickQueue& ticks, const DuplexOptions& options = {}) {
    return BasicTransform<C, C>::make(ticks, std::make_unique<Identity>(), options);
  }

 private:
  struct Identity final : BasicTransformer<C, C> {
    void transform(BasicTransform<C, C>& stream, C chunk, Done done) override {
      stream.push(std::move(chunk));
      done();
    }
  };
};

using PassThrough = BasicPassThrough<Chunk>;
template <class T>
using ObjectPassThrough = BasicPassThrough<T>;

}  // namespace weir
