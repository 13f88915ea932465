// weir/stream/done.h - how a sink says that it is through with what it was asked for.
//
//   void write(Chunk chunk, Done done) override {
//     device.send(chunk.bytes(), [done = std::move(done)](int status) mutable {
//       if (status < 0) return done(Error::system(-status, "send"));
//       done();                                  // may be called before write returns, too
//     });
//   }
//
// Call it once. A second call fails the stream with ERR_MULTIPLE_CALLBACK, and so does, with
// ERR_CALLBACK_DROPPED, a Done that goes without having been called: a stream never just hangs.
// (Unless the function that was given it throws: then its caller hears of that, as in Node.)
// It keeps its stream alive until it is called. Node counterpart: the callback of _write,
// _writev, _final, _destroy and _construct.
#pragma once

#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/stream/internal/lifeline.h>
#include <weir/stream/internal/operation.h>
#include <weir/stream/stream.h>

#include <utility>

namespace weir {

class Done {
 public:
  Done(Stream& stream, internal::Operation operation) noexcept;
  Done(Done&&) noexcept = default;
  Done& operator=(Done&& other) noexcept;
  ~Done() {
    if (stream_) drop();
  }

  // CALLS BACK: the stream, which may start the next operation of this sink before it returns,
  // and runs listeners and callbacks where this is not the call that was given the Done.
  // ERRORS: throws what those throw.
  void operator()(Error error = {});

 private:
  void drop() noexcept;

  Ref<Stream> stream_;                // until it is called
  Ref<internal::Lifeline> lifeline_;  // from then on
  internal::Operation operation_;
};

}  // namespace weir
