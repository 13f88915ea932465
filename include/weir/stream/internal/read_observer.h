// weir/stream/internal/read_observer.h - ReadObserver: reads a stream, like Node's async iterator.
//
// The observer's listeners on the stream own it, and it does not keep the stream alive. A stream
// that is dropped while it is read is destroyed as without a observer, and the observer's owner is
// notified.
#pragma once

#include <weir/base/error.h>
#include <weir/base/ref.h>
#include <weir/event/listener_table.h>
#include <weir/stream/internal/lifeline.h>

namespace weir {
class Stream;
}

namespace weir::internal {

class ReadObserver : public RefCounted {
 public:
  // Calls on_over, once, when the stream has ended, failed, or closed too early.
  void watch();
  // Calls on_readable whenever there is data to read.
  void listen();
  // As listen, with a first call on the next tick, which keeps the stream alive.
  void listen_and_start();
  // Ends reading: destroys the stream (with ABORT_ERR, as in Node, unless it is over). No call
  // follows.
  void leave();

  // Null after the stream's destruction.
  Stream* stream() const noexcept { return stream_->stream; }
  // True after the end, a failure or leave().
  bool is_over() const noexcept { return is_over_; }
  bool may_read() const noexcept;

 protected:
  explicit ReadObserver(Stream& stream);

  virtual void on_readable() = 0;
  virtual void on_over(const Error& error) = 0;

 private:
  void readable() {
    if (!is_over_) on_readable();
  }
  void over(const Error& error);
  static void destroy(Stream& stream);

  Ref<Lifeline> stream_;
  ListenerId listener_ = ListenerId::none;
  bool is_over_ = false;
};

}  // namespace weir::internal
