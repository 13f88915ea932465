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
// It keeps its stream alive until it is called, unless it is told not to. Node counterpart: the
// callback of _write, _writev, _final, _destroy and _construct.
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
      : target_(&stream), operation_(operation), state_(State::borrowing) {}
  Done(Done&& other) noexcept
      : target_(other.target_), operation_(other.operation_), state_(other.state_) {
    other.state_ = State::empty;
    if (state_ == State::borrowing) {
      state_ = State::owning;
      Ref<Stream>(&stream()).detach();  // one count more
    } else if (state_ == State::called_while_borrowing) {
      remember_stream();
    }
  }
  Done& operator=(Done&& other) noexcept;
  ~Done() {
    if (state_ >= State::borrowing) [[unlikely]]
      let_go();
  }

  // CALLS BACK: the stream, which may start the next operation of this sink before it returns,
  // and runs listeners and callbacks where this is not the call that was given the Done.
  // ERRORS: throws what those throw.
  void operator()() & {
    if (state_ != State::borrowing) return succeed();
    state_ = State::called_while_borrowing;
    stream().on_done(operation_);
  }
  void operator()(Error error) &;
  // The same, of who is sure not to call again: nothing is kept to notice that.
  void operator()() && { std::move (*this)({}); }
  void operator()(Error error) &&;

  // For who waits for the stream's user, and not for something that is sure to come: from now on
  // the stream may be dropped, and so be destroyed, before this is called; a call then does
  // nothing. keep_stream takes that back. REQUIRES: it was moved from where it was made, and was
  // not called. CALLS BACK: the resource's destroy, where nobody else has the stream.
  void let_stream_go() noexcept;
  void keep_stream() noexcept;

  // The same, for another operation than the one it was made for.
  Done as(internal::Operation operation) && noexcept {
    operation_ = operation;
    return std::move(*this);
  }

 private:
  //   empty                   moved from
  //   called_while_borrowing  in the call that made it; the target is the stream
  //   borrowing               uncalled, in the call that made it; the target is the stream
  //   owning                  uncalled; the target is the stream, which this keeps alive
  //   letting_go              uncalled; the target is the lifeline
  //   called                  the target is the lifeline, which knows whether the stream is alive
  enum class State : std::uint8_t {
    empty,
    called_while_borrowing,
    borrowing,
    owning,
    letting_go,
    called
  };

  Stream& stream() const noexcept { return static_cast<Stream&>(*target_); }
  // Marks it called. The stream, kept alive for as long as that is needed; none where it is gone.
  Ref<Stream> claim() noexcept;
  void check_thread(const char* call) const noexcept;
  void remember_stream() noexcept;
  void succeed();
  static void report(Stream& stream, internal::Operation operation, Error error);
  void let_go() noexcept;
  void drop(Ref<Stream> stream) noexcept;

  RefCounted* target_;
  internal::Operation operation_;
  State state_;
};

}  // namespace weir
