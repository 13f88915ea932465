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

#include <cstdint>
#include <utility>

namespace weir {

class Done {
 public:
  // Made in the call that hands it to a sink. That call keeps the stream alive; only a Done that is
  // moved, and so may outlive the call, does it itself. A sink that is done at once never pays.
  Done(Stream& stream, internal::Operation operation) noexcept
      : stream_(&stream), operation_(operation), state_(State::borrowing) {}
  Done(Done&& other) noexcept : operation_(other.operation_) {
    if (other.is_due()) [[likely]] {
      stream_ = std::exchange(other.stream_, nullptr);
      if (std::exchange(other.state_, State::empty) == State::borrowing)
        Ref<Stream>(stream_).detach();  // one count more
      state_ = State::owning;
    } else {
      take_called(other);
    }
  }
  Done& operator=(Done&& other) noexcept;
  ~Done() {
    if (is_due()) [[unlikely]]
      drop();
  }

  // CALLS BACK: the stream, which may start the next operation of this sink before it returns,
  // and runs listeners and callbacks where this is not the call that was given the Done.
  // ERRORS: throws what those throw.
  void operator()() {
    if (state_ == State::borrowing) [[likely]] {
      state_ = State::called_while_borrowing;
      stream_->on_done(operation_);
    } else if (const Ref<Stream> stream = claim()) {
      stream->on_done(operation_);
    }
  }
  void operator()(Error error);

 private:
  //   borrowing               uncalled, in the call that made it
  //   owning                  uncalled, keeps the stream alive
  //   called_while_borrowing  in the call that made it
  //   called                  finds the stream through its lifeline, if it is still there
  //   empty                   moved from
  enum class State : std::uint8_t { empty, borrowing, owning, called_while_borrowing, called };

  bool is_due() const noexcept { return state_ == State::borrowing || state_ == State::owning; }
  void take_called(Done& other) noexcept;
  // Marks it called. The stream, kept alive for as long as that is needed; none where it is gone.
  Ref<Stream> claim() {
    if (state_ != State::owning) [[unlikely]]
      return claim_again();
    lifeline_ = stream_->core().lifeline();
    state_ = State::called;
    return Ref<Stream>::adopt(stream_);
  }
  Ref<Stream> claim_again() noexcept;
  void drop() noexcept;

  Stream* stream_ = nullptr;  // unless called
  Ref<internal::Lifeline> lifeline_;
  internal::Operation operation_ = {};
  State state_ = State::empty;
};

}  // namespace weir
