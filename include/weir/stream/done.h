// weir/stream/done.h - Done: the callback with which a sink completes an operation.
//
//   void write(Chunk chunk, Done done) override {
//     device.send(chunk.bytes(), [done = std::move(done)](int status) mutable {
//       if (status < 0) return done(Error::system(-status, "send"));
//       done();                                  // also allowed before write returns
//     });
//   }
//
// - Call it once. A second call fails the stream with ERR_MULTIPLE_CALLBACK.
// - A Done that is destroyed uncalled fails the stream with ERR_CALLBACK_DROPPED, so a stream never
//   waits forever. (If the function that received it throws, the exception counts instead, as in
//   Node.)
// - A Done keeps its stream alive until it is called, unless let_stream_go() is called.
//
// Node counterpart: the callback of _write, _writev, _final, _destroy and _construct.
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
  // Created in the call that passes it to a sink. That call keeps the stream alive; a Done that is
  // moved, and so may outlive the call, takes a count of its own. So a sink that completes at once
  // pays for no count.
  Done(Stream& stream, internal::Operation operation) noexcept
      : target_(&stream), operation_(operation), state_(State::borrowing) {}
  Done(Done&& other) noexcept
      : target_(other.target_), operation_(other.operation_), state_(other.state_) {
    other.state_ = State::empty;
    if (state_ == State::borrowing) {
      state_ = State::owning;
      Ref<Stream>(&stream()).detach();  // takes a count
    } else if (state_ == State::called_while_borrowing) {
      remember_stream();
    }
  }
  Done& operator=(Done&& other) noexcept;
  ~Done() {
    if (state_ >= State::borrowing) [[unlikely]]
      let_go();
  }

  // CALLS BACK: the stream, which may start the next operation of this sink before it returns. If
  // this is not the call that received the Done, it also runs listeners and callbacks.
  // ERRORS: throws their exceptions.
  void operator()() & {
    if (state_ != State::borrowing) return succeed();
    state_ = State::called_while_borrowing;
    stream().on_done(operation_);
  }
  void operator()(Error error) &;
  // For callers that never call it again: does not keep the state that detects a second call.
  void operator()() &&;
  void operator()(Error error) &&;

  // For operations that wait for the stream's user: the stream may be dropped, and so destroyed,
  // before the call, which then does nothing. keep_stream reverses this.
  // REQUIRES: it was moved from its place of creation, and was not called.
  // CALLS BACK: the resource's destroy, if the stream has no other Ref.
  void let_stream_go() noexcept;
  void keep_stream() noexcept;

  // A Done for another operation.
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
  //   called                  the target is the lifeline, which knows if the stream is alive
  enum class State : std::uint8_t {
    empty,
    called_while_borrowing,
    borrowing,
    owning,
    letting_go,
    called
  };

  Stream& stream() const noexcept { return static_cast<Stream&>(*target_); }
  // Marks it as called. Returns the stream, kept alive as long as needed; null if it was destroyed.
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
